"""Paint whole films, frame by frame, with strokes that stay with what they depict."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import comfy.model_management as mm
import folder_paths
from av.error import FFmpegError
from comfy.model_patcher import ModelPatcher
from comfy_api.latest import Input, InputImpl, io
from torch import Tensor

from ..painter_core import Brush
from ..painter_core.sequence import FilmPainter, State
from ..painter_core.sequence.film import FilmFrame
from ..painter_core.sequence.job import Job
from ..painter_core.sequence.source import Frame, Video
from ..painter_core.sequence.stroke_files import StrokeFiles
from . import menu, models
from .inputs import Extras
from .paint import BYTES_PER_PIXEL, PATCH_BATCH_BYTES
from .painting_options import painting_options
from .progress import Progress
from .video_inputs import COHERENCE, video_inputs, video_outputs

#: Folder of ComfyUI's temporary one in which films are made; a film that was cancelled is gone on with from there.
FOLDER = "alla_prima_films"
#: So many films are kept there, the newest.
MOST_FILMS = 12


class PaintVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return menu.schema(
            "PaintVideo",
            description="Paint a video of any length. Strokes move with what they depict and do not flicker.",
            inputs=video_inputs(),
            outputs=video_outputs(),
        )

    @classmethod
    def execute(
        cls,
        video: Input.Video,
        coherence: float = COHERENCE,
        predictor: ModelPatcher | None = None,
        canvas: Tensor | None = None,
        detail: Tensor | None = None,
        mask: Tensor | None = None,
        brush_tip: Brush | None = None,
        **widgets: float | str,
    ) -> io.NodeOutput:
        options = painting_options(widgets, brush_tip)
        source, name = _source(video)
        predictor = models.shipped() if predictor is None else predictor
        height, width = source.size
        memory = PATCH_BATCH_BYTES + BYTES_PER_PIXEL * width * height
        mm.load_models_gpu([predictor], memory_required=memory, force_full_load=True)
        extras = Extras(canvas, detail, mask)
        about = {"widgets": widgets, "coherence": coherence, "given": _mark(predictor, extras, brush_tip)}
        folder = Path(folder_paths.get_temp_directory(), FOLDER, _digest(about, name))
        strokes = folder / "strokes"
        strokes.mkdir(parents=True, exist_ok=True)
        _tidy(folder)
        device = predictor.load_device

        def painter(state: State | None) -> FilmPainter:
            state = None if state is None else state.to(device)
            return FilmPainter(predictor.model, options, coherence=coherence, state=state)

        def given(picture: Tensor) -> dict[str, Tensor | None]:
            mine = extras.of(0, picture)
            return {"canvas": mine.canvas, "detail": mine.detail, "mask": mine.paintable()}

        def shown(picture: Tensor, painted: Tensor) -> Tensor:
            out = painted.movedim(0, -1).contiguous()
            extras.of(0, picture).keep_outside(out, picture)
            return out.movedim(-1, 0)

        job = Job(
            source, folder / "film.mp4", video=True, painter=painter, about=about, strokes=strokes, extras=given,
            device=device, finished=shown if mask is not None else None,
        )  # fmt: skip
        if not job.target.is_file():
            _paint(job)
        return io.NodeOutput(InputImpl.VideoFromFile(str(job.target)), StrokeFiles(strokes))


def _paint(job: Job) -> None:
    """Paint a film with a bar, previews, and a cancel button that works."""
    progress, done = Progress(max(1, job.total)), 0

    def on_step(step: int, steps: int, canvas: Tensor | None = None) -> None:
        progress.of(min(done, max(0, job.total - 1)))(step, steps, None)

    def on_frame(number: int, frame: FilmFrame, picture: Tensor, source: Frame) -> None:
        nonlocal done
        done = number
        progress.of(min(number, max(1, job.total)) - 1)(1, 1, picture)

    job.run(on_frame, on_step)
    progress.finish()


def _source(video: Input.Video) -> tuple[Video, str]:
    """The frames of a VIDEO, and a text that tells it from others; what is no file as it is becomes one first."""
    cut = any(getattr(video, f"_VideoFromFile__{word}", 0) for word in ("start_time", "duration"))
    file = video.get_stream_source() if isinstance(video, InputImpl.VideoFromFile) and not cut else None
    if not isinstance(file, (str, Path)):
        place = Path(folder_paths.get_temp_directory(), FOLDER)
        place.mkdir(parents=True, exist_ok=True)
        path = place / "source.part.mp4"
        try:
            video.save_to(str(path))
        except FFmpegError as error:
            raise ValueError(f"video: this cannot be read as a video ({error})") from error
        name = hashlib.sha256(path.read_bytes()).hexdigest()
        file = path.replace(place / f"{name[:24]}.mp4")
        return Video(file), name
    about = Path(file).stat()
    return Video(file), f"{file} {about.st_size} {about.st_mtime_ns}"


def _mark(predictor: ModelPatcher, extras: Extras, brush_tip: Brush | None) -> list[str]:
    """Texts that tell tensors from others."""
    tensors = [next(iter(predictor.model.parameters()), None), extras.canvas, extras.detail, extras.mask]
    tensors.append(None if brush_tip is None else brush_tip.tips)
    return ["" if each is None else hashlib.sha256(each.detach().cpu().contiguous().numpy().tobytes()).hexdigest()
            for each in tensors]  # fmt: skip


def _digest(about: dict[str, Any], name: str) -> str:
    return hashlib.sha256(repr((sorted(about.items()), name)).encode()).hexdigest()[:24]


def _tidy(newest: Path) -> None:
    """Only the newest films stay, and of what was painted and was no file the newest copies."""
    newest.touch()
    there = sorted(newest.parent.iterdir(), key=lambda each: each.stat().st_mtime)
    for film in [each for each in there if each.is_dir()][:-MOST_FILMS]:
        shutil.rmtree(film, ignore_errors=True)
    for copy in [each for each in there if each.is_file()][:-MOST_FILMS]:
        copy.unlink(missing_ok=True)
