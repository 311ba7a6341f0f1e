// Judges workflows and action.yml files with GitHub's own parser, and every `with:` of our actions against
// the action.yml that the release tree holds.
//
// node ghlint.mjs --map OWNER/REPO=FOLDER … --root FOLDER FILE …
//   --map   where an action of this repository is found; actions of other repositories are not looked at
//   --root  the folder that `uses: ./…` is relative to
// One line a finding; exit code 1 with findings, 2 when it could not look.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";
import YAML from "yaml";

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { map: { type: "string", multiple: true, default: [] }, root: { type: "string" } },
});
const folders = new Map(values.map.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));

async function fetchActionMetadata({ owner, name, path: inner }) {
  const folder = folders.get(`${owner}/${name}`);
  if (folder === undefined) return undefined;
  for (const file of ["action.yml", "action.yaml"]) {
    const place = path.join(folder, inner ?? "", file);
    if (!existsSync(place)) continue;
    const { name, description, inputs, outputs } = YAML.parse(await readFile(place, "utf8"));
    return { name, description, inputs: inputs ?? {}, outputs: outputs ?? {} };
  }
  return undefined;
}

async function getFileContent(reference) {
  const folder = reference.owner ? folders.get(`${reference.owner}/${reference.repository}`) : values.root;
  return { name: reference.path, content: await readFile(path.join(folder, reference.path), "utf8") };
}

// The service says this of every action that it was given no file for: right for ours, expected for others.
function isOfAnotherRepository(message) {
  const unresolved = /^Unable to resolve action `([^/`]+\/[^/@`]+)/.exec(message);
  return unresolved !== null && !folders.has(unresolved[1]);
}

async function main() {
  let findings = 0;
  for (const file of files) {
    const text = await readFile(file, "utf8");
    const document = TextDocument.create(`file://${path.resolve(file)}`, "yaml", 1, text);
    const config = { actionsMetadataProvider: { fetchActionMetadata }, fileProvider: { getFileContent } };
    for (const { message, range } of await validate(document, config)) {
      if (isOfAnotherRepository(message)) continue;
      findings += 1;
      console.log(`${file}:${range.start.line + 1}:${range.start.character + 1}: ${message}`);
    }
  }
  process.exitCode = findings > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
