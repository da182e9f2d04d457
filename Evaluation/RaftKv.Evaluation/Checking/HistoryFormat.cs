namespace RaftKv.Evaluation.Checking;

/// <summary>How a recorded history is written.</summary>
public enum HistoryFormat
{
    /// <summary>
    /// A log of one compare-and-set register that is nil at first: lines of
    /// <c>INFO  jepsen.util - PROCESS :invoke|:ok|:fail|:info :read|:write|:cas ARGUMENT</c>.
    /// A failed compare-and-set compared and was not equal; any other failure did not happen.
    /// </summary>
    JepsenRegister,

    /// <summary>
    /// One edn map a line, <c>{:process 0, :type :invoke, :f :append, :key "a", :value "x"}</c>, of a map from key to
    /// string that is empty at first.
    /// </summary>
    Keyed,

    /// <summary>Our own, JSON lines; see <see cref="HistoryRecorder"/>.</summary>
    RaftKv,
}
