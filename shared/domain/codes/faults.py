"""The faults of single fields of a request, or of a message that asks for a run."""

from shared.domain.codes.code import Code, Kind


def _fault(name: str, meaning: str, advice: str) -> Code:
    """Make the code of a fault: what has one is not accepted, so no robot starts."""
    return Code(name, (Kind.FIELD,), meaning, advice, robot_may_have_started=False)


FAULTS = (
    _fault(
        "InvalidValue",
        "The field holds a value that is not accepted.",
        "Give it a value such as the fault's message asks for.",
    ),
    _fault("MissingField", "A field that is required is missing or null.", "Add the field."),
    _fault(
        "UnknownField",
        "The body holds a field that there is none of.",
        "Correct its name, or leave it out; names are told apart by upper and lower case.",
    ),
    _fault(
        "UnknownParameter",
        "The query holds a parameter that there is none of.",
        "Correct its name, or leave it out.",
    ),
    _fault(
        "UnknownInput",
        "The inputs hold a name that the desktop flow has no input of (`validateInputs`).",
        "Correct the name, or leave the input out; `GET /api/flows/{workflowId}/schema` lists the"
        " names, which are told apart by upper and lower case.",
    ),
    _fault("InvalidBody", "The body is JSON, but no object.", "Send a JSON object."),
    _fault(
        "InvalidJson",
        "The body is no JSON with one meaning: malformed, not UTF-8, a name given twice, a NaN,"
        " nested too deeply.",
        "Mend the JSON at the place that the message names.",
    ),
    _fault(
        "ConnectionReferenceNotUsable",
        "Dataverse has no connection reference of this logical name that is active, made for"
        " desktop flows, and bound to a connection.",
        "Bind a connection to the reference, or name another; a connection's own name goes with"
        " `connectionType` 1.",
    ),
)
