// What `cargo xtask bench upload` compares with: Google's own Node client with 100 files in flight, as Google's upload
// action uses it.
import { readdir } from "node:fs/promises";
import path from "node:path";

import { Storage } from "@google-cloud/storage";

const [endpoint, folder] = process.argv.slice(2);
const bucket = new Storage({ apiEndpoint: endpoint, projectId: "tests", useAuthWithCustomEndpoint: false }).bucket("tests");
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
const upload = async () => {
  for (let file = files.pop(); file !== undefined; file = files.pop()) {
    await bucket.upload(file, {
      destination: `packages/${path.relative(folder, file)}`,
      resumable: false,
      validation: "crc32c",
    });
  }
};
await Promise.all(Array.from({ length: 100 }, upload));
