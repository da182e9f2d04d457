namespace RaftKv.Engine.Driver;

/// <summary>Bugs of the pump that a test plants to see that the judges find them. Only builds for tests can have one.</summary>
internal enum PumpFault
{
    None,

    /// <summary>What must wait for the disk leaves at once (P1).</summary>
    AnswerBeforeSave,

    /// <summary>The clock is read before the inbox is emptied, so that a pause lies between the two (L4).</summary>
    ReadClockFirst,
}
