// What `cargo xtask bench plan` compares with: picomatch, with which dorny/paths-filter matches, used as it uses it.
import { readFile } from "node:fs/promises";

import picomatch from "picomatch";

const [filters, files] = process.argv.slice(2);
// Without arguments, only the start is measured.
if (filters !== undefined) {
  const rules = Object.entries(JSON.parse(await readFile(filters, "utf8")));
  const paths = (await readFile(files, "utf8")).split("\0").filter((path) => path !== "");
  const matchers = rules.map(([name, globs]) => {
    const negative = globs.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1));
    const positive = globs.filter((glob) => !glob.startsWith("!"));
    const [includes, excludes] = [positive, negative].map((globs) => picomatch(globs, { dot: true }));
    return { name, matches: (path) => includes(path) && !excludes(path) };
  });
  const matching = matchers.filter(({ matches }) => paths.some(matches));
  console.log(matching.map(({ name }) => name).join(" "));
}
