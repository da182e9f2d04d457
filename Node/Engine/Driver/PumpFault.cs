namespace RaftKv.Engine.Driver;

/// <summary>Bugs of the pump that a test plants to see that the judges find them. Only builds for tests can have one.</summary>
internal enum PumpFault
{
    None,

    /// <summary>What must wait for the disk leaves at once (P1).</summary>
    AnswerBeforeSave,
}
