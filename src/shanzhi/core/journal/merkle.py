"""RFC 6962 Merkle trees and the canonical bytes they are built over. Pure; a verifier needs nothing else."""

import hashlib
import json
from collections.abc import Mapping, Sequence

ALGORITHM = "sha256"


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Mapping[str, object]) -> bytes:
    """Sorted compact JSON in UTF-8. Equal to RFC 8785 for what we allow: no floats, integers below 2^53, string
    keys.
    """
    return _ENCODE(value).encode("utf-8")


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_hash(leaves[:split]), tree_hash(leaves[split:]))


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1: the hashes that lead from leaf `index` to the tree hash."""
    if len(leaves) <= 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*inclusion_path(leaves[:split], index), tree_hash(leaves[split:])]
    return [*inclusion_path(leaves[split:], index - split), tree_hash(leaves[:split])]


def block_root(
    *, number: int, first: int, last: int, previous_root: bytes, tree: bytes, sealed_at: str, algorithm: str
) -> bytes:
    """The hash that seals a block: over its header, which holds the tree of its entries and the root before it."""
    header = {
        "algorithm": algorithm,
        "first": first,
        "last": last,
        "number": number,
        "previous_root": previous_root.hex(),
        "sealed_at": sealed_at,
        "tree": tree.hex(),
    }
    return leaf_hash(canonical(header))


GENESIS = bytes(32)  # the root before the first block
