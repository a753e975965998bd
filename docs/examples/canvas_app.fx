// A canvas app that starts a run, follows it, shows what came of it, and can cancel it.
// DesktopFlowBroker is the connector, txtInvoice and txtAmount are text inputs, tmrFollow a timer.

// btnStart.OnSelect: a second press with the same number is the same run.
Set(varStarted,
    DesktopFlowBroker.StartRun(
        "invoice-" & txtInvoice.Text,
        "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
        2,
        "dfb_FinanceRobots",
        "unattended",
        {
            inputs: ParseJSON(JSON({InvoiceNumber: txtInvoice.Text, Amount: Value(txtAmount.Text)})),
            correlationId: "invoice " & txtInvoice.Text,
            validateInputs: true
        }
    )
);
Set(varRun, DesktopFlowBroker.GetRun(varStarted.runId));
Set(varFollowing, true);

// tmrFollow: Duration 1000, Repeat and Start varFollowing. OnTimerEnd: each call waits for a change.
Set(varRun, DesktopFlowBroker.GetRun(varStarted.runId, {wait: 20}));
If(varRun.status in ["Succeeded", "Failed", "Cancelled", "TimedOut"],
    Set(varFollowing, false)
);
If(varRun.status = "Succeeded",
    Set(varResult, DesktopFlowBroker.GetOutputs(varRun.runId, varRun.workflowId))
);

// lblState.Text: why it waits, and what to do about an error.
If(varRun.status = "Succeeded", "Document " & Text(varResult.outputs.DocumentNumber),
    Not(IsBlank(varRun.error.message)), varRun.error.message & " " & varRun.error.advice,
    varRun.status & ": " & varRun.waitingFor.message
);

// btnCancel.OnSelect
Set(varCancelled, DesktopFlowBroker.CancelRun(varRun.runId));
