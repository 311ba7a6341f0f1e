// Cuts GitHub's published API description down to chosen paths, and makes it usable behind Prism.
//
// node patch-openapi.mjs IN OUT PATH…
//
// - Prism knows only the media types that are written down; clients send GitHub's own, so every JSON answer gets them as well.
// - A path parameter never matches a slash, but refs and file paths hold some, so those paths are given once more with two parts.
// - Uploads go to another host, which the fake replaces by a path in front.
import fs from 'node:fs';

const [input, output, ...wanted] = process.argv.slice(2);
const spec = JSON.parse(fs.readFileSync(input, 'utf8'));

const unknown = wanted.filter((path) => !spec.paths[path]);
if (unknown.length > 0) {
  throw new Error(`the description has no ${unknown.join(', ')}`);
}

const JSON_TYPE = 'application/json';
const acceptOwnTypes = (response) => {
  const content = response?.content;
  if (!content?.[JSON_TYPE]) return;
  for (const type of ['application/vnd.github+json', 'application/vnd.github.v3+json']) {
    content[type] ??= content[JSON_TYPE];
  }
};

const copies = { '/git/refs/{ref}': 'ref', '/git/ref/{ref}': 'ref', '/git/matching-refs/{ref}': 'ref', '/contents/{path}': 'path' };
const paths = {};
for (const path of wanted) {
  const item = spec.paths[path];
  for (const operation of Object.values(item)) {
    Object.values(operation.responses ?? {}).forEach(acceptOwnTypes);
    delete operation.servers;
  }
  const upload = path.endsWith('/releases/{release_id}/assets');
  paths[path] = item;
  if (upload) {
    paths[`/uploads${path}`] = { post: item.post };
    paths[path] = { ...item, post: undefined };
  }
  const copied = Object.keys(copies).find((end) => path.endsWith(end));
  if (copied) {
    const parameter = `{${copies[copied]}}`;
    const copy = structuredClone(item);
    for (const operation of Object.values(copy)) {
      operation.operationId += '-two-parts';
      operation.parameters = [...operation.parameters, { name: 'first', in: 'path', required: true, schema: { type: 'string' } }];
    }
    paths[path.replace(parameter, `{first}/${parameter}`)] = copy;
  }
}
Object.values(spec.components.responses).forEach(acceptOwnTypes);

// Prism resolves every component it is given, so what no path needs only costs seconds.
const components = {};
const keep = (node) => {
  if (node === null || typeof node !== 'object') return;
  const target = typeof node.$ref === 'string' && node.$ref.match(/^#\/components\/([^/]+)\/([^/]+)$/);
  if (target) {
    const [, kind, name] = target;
    components[kind] ??= {};
    if (!components[kind][name]) {
      components[kind][name] = spec.components[kind][name];
      keep(components[kind][name]);
    }
  }
  Object.values(node).forEach(keep);
};
keep(paths);

const { openapi, info } = spec;
fs.writeFileSync(output, JSON.stringify({ openapi, info, paths, components }));
