"""Writes a language model of a few hundred kB that llama.cpp loads: the next byte depends on the last one only.

Left alone it babbles. Held to a JSON schema by llama.cpp's grammar it walks to the shortest answer: empty rationale,
not_violating, confidence 0. Needs the packages gguf and numpy: `python tiny_gguf.py PATH`.
"""

import sys

import numpy as np
from gguf import GGUFWriter, TokenType

WIDTH, FEED_FORWARD, CONTEXT = 288, 32, 65_536
N_SPECIAL = 3
# After a byte, the bytes that are wanted next, the most wanted first; the grammar leaves out what it does not allow.
WANTED = {'"': '":,}]n', "[": '{]"', "}": "],}", "]": "},]", ":": '[{nf0"', "{": '"', "0": ",}", "e": ",}", "l": "l,}"}


def tokens() -> tuple[list[bytes], list[float], list[int]]:
    special = [b"<unk>", b"<s>", b"</s>"]
    names = [*special, *[f"<0x{byte:02X}>".encode() for byte in range(256)]]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * 256]
    return names, [0.0] * len(names), [int(kind) for kind in kinds]


def next_byte_logits(n_tokens: int) -> np.ndarray:
    """Row: the next token, column: the last one."""
    logits = np.random.default_rng(1).normal(0.0, 0.02, size=(n_tokens, WIDTH)).astype(np.float32)
    # Blanks are allowed nearly everywhere in JSON: unwanted, or the walk never ends.
    for blank in b" \t\n\r":
        logits[N_SPECIAL + blank, :] -= 0.5
    for last, wanted in WANTED.items():
        for rank, byte in enumerate(wanted):
            logits[N_SPECIAL + ord(byte), N_SPECIAL + ord(last)] += 1.0 - 0.1 * rank
    return logits


def main(path: str) -> None:
    names, scores, kinds = tokens()
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(9)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(32)
    writer.add_vocab_size(len(names))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(names)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    embedding = np.zeros((len(names), WIDTH), dtype=np.float32)
    embedding[np.arange(len(names)), np.arange(len(names))] = 1.0
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", next_byte_logits(len(names)))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", np.ones(WIDTH, dtype=np.float32))
    # Zero: what is read is passed on as it is, so that the last byte alone decides.
    for name, shape in {
        "attn_q": (WIDTH, WIDTH), "attn_k": (32, WIDTH), "attn_v": (32, WIDTH), "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (FEED_FORWARD, WIDTH), "ffn_up": (FEED_FORWARD, WIDTH), "ffn_down": (WIDTH, FEED_FORWARD),
    }.items():  # fmt: skip
        writer.add_tensor(f"blk.0.{name}.weight", np.zeros(shape, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])
