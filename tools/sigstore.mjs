// Sigstore's services for tests, on one port of this machine: certificates (Fulcio with its log) and the transparency log
// (Rekor 1), made by @sigstore/mock: `node sigstore.mjs IDENTITIES`.
//
// IDENTITIES is the address that answers 200 to a token which it has issued. Prints one line of JSON with the address and the
// trust configuration, and ends with its standard input.

import { createHash, createPublicKey, generateKeyPairSync, verify, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler } from "@sigstore/mock";

const [identities] = process.argv.slice(2);
const GITHUB = "https://github.com";
const ISSUER = "https://token.actions.githubusercontent.com";

/** What the real services answer where the stand-ins would not look. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const key = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const sha256 = (bytes) => ({ algorithm: "sha256", value: createHash("sha256").update(bytes).digest("hex") });
const decoded = (text) => Buffer.from(text ?? "", "base64");

/** The claims of a token that Fulcio takes: issued by GitHub for Sigstore, of today, and of a job. */
async function claimsOf(token) {
  const parts = (token ?? "").split(".");
  if (parts.length !== 3) throw new Refused(400, "the token is not a JWT");
  const claims = JSON.parse(Buffer.from(parts[1], "base64url"));
  if (claims.aud !== "sigstore") throw new Refused(401, `the audience is ${claims.aud}, not sigstore`);
  if (claims.iss !== ISSUER) throw new Refused(401, `the issuer ${claims.iss} is not trusted`);
  if (!(claims.exp > Date.now() / 1000)) throw new Refused(401, "the token is expired");
  const known = await fetch(identities, { headers: { authorization: `Bearer ${token}` } });
  if (known.status !== 200) throw new Refused(401, "the token's signature is not the issuer's");
  if (!claims.job_workflow_ref) throw new Refused(400, "the token has no job_workflow_ref");
  return claims;
}

/** The request as the stand-in reads it: with the workflow as the subject, as Fulcio does for GitHub. */
async function certificateRequest(request) {
  const claims = await claimsOf(request.credentials?.oidcIdentityToken);
  const { publicKey, proofOfPossession } = request.publicKeyRequest ?? {};
  const proof = decoded(proofOfPossession);
  const holder = createPublicKey(publicKey?.content ?? "");
  if (!verify("sha256", Buffer.from(claims.sub), holder, proof)) {
    throw new Refused(400, "the proof of possession does not verify");
  }
  const subject = { ...claims, workflow: claims.workflow ?? "CI", san: `${GITHUB}/${claims.job_workflow_ref}` };
  const body = Buffer.from(JSON.stringify(subject)).toString("base64url");
  return { ...request, credentials: { oidcIdentityToken: `e30.${body}.c2ln` } };
}

/** Rekor keeps the certificate in its own spelling. */
const normalized = (pem) => base64(decoded(pem).toString().replace(/\r\n/g, "\n"));

/** What Rekor writes for a proposal: an envelope only by its digests, and only if its signature is good. */
function logEntry(proposed) {
  if (proposed.kind === "hashedrekord") {
    const { signature } = proposed.spec;
    new X509Certificate(decoded(signature.publicKey.content));
    signature.publicKey.content = normalized(signature.publicKey.content);
    return proposed;
  }
  if (proposed.kind !== "dsse") throw new Refused(400, `entries of kind ${proposed.kind} are not taken`);
  const { envelope, verifiers } = proposed.spec.proposedContent;
  const { payload, payloadType, signatures } = JSON.parse(envelope);
  const bytes = decoded(payload);
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${bytes.length} `;
  const signed = Buffer.concat([Buffer.from(head), bytes]);
  signatures.forEach(({ sig }, at) => {
    const holder = new X509Certificate(decoded(verifiers[at])).publicKey;
    if (!verify("sha256", signed, holder, decoded(sig))) throw new Refused(400, "the signature does not verify");
  });
  const kept = signatures.map(({ sig }, at) => ({ signature: sig, verifier: normalized(verifiers[at]) }));
  const spec = { envelopeHash: sha256(envelope), payloadHash: sha256(bytes), signatures: kept };
  return { apiVersion: "0.0.1", kind: "dsse", spec };
}

let handlers = [];

async function answer(request, body) {
  const handler = handlers.find(({ path }) => request.url.replace(/\/$/, "") === path);
  if (!handler || request.method !== "POST") throw new Refused(404, `there is no ${request.method} ${request.url}`);
  if (handler.path.endsWith("/signingCert")) return handler.fn(JSON.stringify(await certificateRequest(JSON.parse(body))));
  return handler.fn(JSON.stringify(logEntry(JSON.parse(body))));
}

const server = createServer((request, reply) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    try {
      const { statusCode, contentType, response } = await answer(request, Buffer.concat(chunks));
      reply.writeHead(statusCode, { "content-type": contentType ?? "text/plain" });
      reply.end(typeof response === "string" ? response : Buffer.from(response));
    } catch (error) {
      reply.writeHead(error.status ?? 400, { "content-type": "text/plain" });
      reply.end(error.message);
    }
  });
});

process.stdin.resume().on("end", () => process.exit(0));
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const ctLog = await initializeCTLog(key());
  const ca = await initializeCA(key(), ctLog);
  const log = await initializeTLog(url, key());
  const strict = { strict: true, subjectClaim: "san" };
  handlers = [fulcioHandler(ca, strict), rekorHandler(log, strict)];

  const validFor = { start: new Date(Date.now() - 3600e3).toISOString() };
  const logOf = (baseUrl, bytes) => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(bytes), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: createHash("sha256").update(Buffer.from(bytes)).digest("base64") },
  });
  const authority = (commonName, certificates) => ({
    subject: { organization: "sigstore.mock", commonName },
    uri: url,
    certChain: { certificates: certificates.map((bytes) => ({ rawBytes: base64(bytes) })) },
    validFor,
  });
  const service = (at, majorApiVersion) => [{ url: at, majorApiVersion, validFor, operator: "sigstore.mock" }];
  const trustConfig = {
    mediaType: "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
    trustedRoot: {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [logOf(url, log.publicKey)],
      ctlogs: [logOf(`${url}/ct`, ctLog.publicKey)],
      certificateAuthorities: [authority("sigstore", [ca.rootCertificate])],
      timestampAuthorities: [],
    },
    signingConfig: {
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
      caUrls: service(url, 1),
      oidcUrls: service(`${url}/oidc`, 1),
      rekorTlogUrls: service(url, 1),
      rekorTlogConfig: { selector: "ANY" },
      tsaUrls: [],
      tsaConfig: { selector: "ANY" },
    },
  };
  console.log(JSON.stringify({ url, trustConfig }));
});
