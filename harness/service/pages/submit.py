"""Asking for jobs. A form makes what the API takes, and goes the same way; what is wrong comes back on the form, with
all that was typed."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from harness.database import jobs
from harness.database.tokens import Holder, Scope
from harness.errors import BadPatch, BadToolchain, UsageError
from harness.service.limits import BODY_BYTES
from harness.service.pages.fields import Field
from harness.service.pages.forms import PATHS, Form
from harness.service.pages.site import Site
from harness.service.schemas import Number, Submission
from harness.yamltext import in_words

_FIELDS = 30
_FILES = 4


def add(pages: APIRouter, site: Site) -> None:
    """The forms."""

    def blank(request: Request, form: Form, job: int | None) -> Response:
        said = form.start()
        if job is not None:
            with site.database.reading() as session:
                row = jobs.get(session, job)
                if row is None or row.kind != form.kind:
                    raise HTTPException(404, f"there is no job {job} of this kind")
                said = form.typed(json.loads(row.request))
        return shown(request, form, said, {})

    def shown(request: Request, form: Form, said: dict[str, str], wrong: dict[str, str], code: int = 200) -> Response:
        return site.page(request, "submit.html", code, form=form, forms=list(PATHS.values()), said=said, wrong=wrong)

    def send(request: Request, form: Form, said: dict[str, str], holder: Holder) -> Response:
        try:
            given = Submission.model_validate({"request": form.request(said)})
            view, _ = site.service.submit(given, holder)
        except ValidationError as wrong:
            return shown(request, form, said, _faults(form, wrong), 422)
        except UsageError as wrong:
            return shown(request, form, said, {_blamed(form, wrong): str(wrong)}, 422)
        except HTTPException as wrong:
            answer = shown(request, form, said, {"": str(wrong.detail)}, wrong.status_code)
            answer.headers.update(wrong.headers or {})
            return answer
        return RedirectResponse(f"/jobs/{view.id}", 303)

    @pages.get("/submit", dependencies=[Depends(site.to(Scope.READ))])
    def first(request: Request, job: Annotated[Number | None, Query()] = None) -> Response:
        return blank(request, PATHS[""], job)

    @pages.get("/submit/{path}", dependencies=[Depends(site.to(Scope.READ))])
    def other(request: Request, path: str, job: Annotated[Number | None, Query()] = None) -> Response:
        return blank(request, _form(path), job)

    submitter = Depends(site.to(Scope.SUBMIT))
    typed = Depends(_typed)

    @pages.post("/submit")
    def send_first(request: Request, holder: Holder = submitter, said: dict[str, str] = typed) -> Response:
        return send(request, PATHS[""], said, holder)

    @pages.post("/submit/{path}")
    def send_other(request: Request, path: str, holder: Holder = submitter, said: dict[str, str] = typed) -> Response:
        return send(request, _form(path), said, holder)


def _form(path: str) -> Form:
    if path not in PATHS:
        raise HTTPException(404, f"there is no form {path}")
    return PATHS[path]


async def _typed(request: Request) -> dict[str, str]:
    """All that was typed. A file takes the place of what was typed into the field of the same name with `.file`.
    Browsers end lines of fields as mail does; lines of files are as they are."""
    said: dict[str, str] = {}
    files: dict[str, str] = {}
    async with request.form(max_fields=_FIELDS, max_files=_FILES, max_part_size=BODY_BYTES) as given:
        for name, value in given.multi_items():
            if isinstance(value, UploadFile):
                if content := await value.read():
                    files[name.removesuffix(".file")] = content.decode(errors="replace")
            else:
                said[name] = value.replace("\r\n", "\n")
    return said | files


def _faults(form: Form, wrong: ValidationError) -> dict[str, str]:
    """What is wrong, by fields; under "" what is of none. Places are request, kind, key, ..."""
    found: dict[str, str] = {}
    uploads = [field.name for field in form.fields if field.is_upload]
    for fault in wrong.errors():
        key = str(fault["loc"][2]) if len(fault["loc"]) > 2 else ""
        names = [field.name for field in form.fields]
        name = key if key in names else uploads[0] if key == "files" and uploads else ""
        found.setdefault(name, in_words(fault))
    return found


def _blamed(form: Form, wrong: UsageError) -> str:
    """The field that is wrong, by the sort of what is wrong; "" if that is not known."""

    def is_blamed(field: Field) -> bool:
        match wrong:
            case BadPatch():
                return field.sort in ("patch", "patches")
            case BadToolchain():
                return field.name in ("on", "base")
            case _:
                return False

    return next((field.name for field in form.fields if is_blamed(field)), "")
