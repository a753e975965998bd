"""Codes as the Dataverse contract lists them (section 9)."""

NEEDS_A_PERSON = (
    "MachineNotFound",
    "AccountLockedOut",
    "MSEntraLogonFailure",
    "LogonTypeNotGranted",
    "WindowsIdentityIncorrect",
    "SessionCreationInvalidCredentials",
    "RdpPermissionNotGranted",
    "RDPIsNotEnabled",
    "InvalidUIFlowsCertificates",
    "UnsupportedRpaScriptSchemaVersion",
    "UnattendedUnsupportedWithOldConnection",
    "XrmMachineGroupNotFound",
    "EndpointDoNotExist",
)
