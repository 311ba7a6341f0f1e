"""Judges a signature with other people's code: `judge_signature.py KIND FILE SIGNATURE TRUST WORKFLOW`.

KIND is `file` (PyPI's `sigstore`), `statement` (the same, and prints the statement), `pypi` (`pypi-attestations`) or `minisign`
(`py-minisign`, where TRUST is the public key). Prints what it found; exit code 1 and a line if it is not good.
"""

import json
import sys
from pathlib import Path

ISSUER = "https://token.actions.githubusercontent.com"


def verifier(trust):
    from sigstore.models import ClientTrustConfig
    from sigstore.verify import Verifier

    return Verifier(trusted_root=ClientTrustConfig.from_json(Path(trust).read_text()).trusted_root)


def by_sigstore(kind, file, signature, trust, workflow):
    from sigstore.models import Bundle
    from sigstore.verify.policy import Identity

    bundle = Bundle.from_json(Path(signature).read_text())
    policy = Identity(identity=f"https://github.com/{workflow}", issuer=ISSUER)
    if kind == "statement":
        _, payload = verifier(trust).verify_dsse(bundle, policy)
        return payload.decode()
    verifier(trust).verify_artifact(Path(file).read_bytes(), bundle, policy)
    return "good"


def by_pypi(file, signature, trust, workflow):
    import pypi_attestations
    from pypi_attestations import Attestation, Distribution, GitHubPublisher
    from pypi_attestations import _impl

    judge = verifier(trust)

    class Ours:
        @staticmethod
        def production(offline=False):
            return judge

    # It knows the public services alone.
    _impl.Verifier = Ours
    owner, name, path = workflow.split("@")[0].split("/", 2)
    publisher = GitHubPublisher(repository=f"{owner}/{name}", workflow=Path(path).name)
    attestation = Attestation.model_validate_json(Path(signature).read_text())
    kind, predicate = attestation.verify(publisher, Distribution.from_file(Path(file)), offline=True)
    return json.dumps([kind, predicate])


def by_minisign(file, signature, key):
    import minisign

    public = minisign.PublicKey.from_base64(key)
    told = minisign.Signature.from_bytes(Path(signature).read_bytes())
    public.verify_file(file, told)
    return told.trusted_comment


kind, file, signature, trust, workflow = sys.argv[1:]
try:
    match kind:
        case "pypi":
            print(by_pypi(file, signature, trust, workflow))
        case "minisign":
            print(by_minisign(file, signature, trust))
        case _:
            print(by_sigstore(kind, file, signature, trust, workflow))
except Exception as error:
    print(f"{type(error).__name__}: {error}")
    sys.exit(1)
