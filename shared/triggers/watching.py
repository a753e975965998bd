"""HTTP: read one run, at once or as soon as it has changed."""

import azure.functions as func

from shared.domain.queries import GET_RUN
from shared.services.reading.watch import Reads
from shared.triggers.edge import answering_later
from shared.triggers.listing import written
from shared.triggers.provider import Provider
from shared.triggers.rendering import (
    again_in,
    history_json,
    json_text,
    no_run,
    outlook_json,
    run_json,
    text_response,
    waiters_json,
)
from shared.triggers.tags import if_none_match, tag_of


def register(functions: func.Blueprint, services: Provider, reads: Reads) -> None:
    """Register `GET runs/{runId}`; `reads` does what blocks, since the function is async."""

    @functions.function_name("get_run")
    @functions.route("runs/{runId}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering_later
    async def get_run(req: func.HttpRequest) -> func.HttpResponse:
        read = GET_RUN.read(req.params, written(req))
        read.check()
        condition = if_none_match(req.headers.get("If-None-Match"))
        watch = (await reads(services)).watch
        seen = await watch(req.route_params["runId"], reads, read["wait"], condition.has_seen)
        if seen is None:
            return no_run()
        told = run_json(seen.run) | history_json(seen.run) | outlook_json(seen.outlook)
        text = json_text(told | waiters_json(seen.engines))
        tag = tag_of(seen.run, text)
        headers = {"ETag": str(tag)} | again_in(seen.outlook.look_again_in)
        if condition.names(tag):
            return text_response(304, "", headers)
        return text_response(200, text, headers)
