using RaftKv.Core.Consensus;

namespace RaftKv.Tests.Core;

/// <summary>Who may speak as a server, by the membership and the first meetings (P7, M7).</summary>
public sealed class AdmissionTests
{
    private const ulong Own = 0xA1;
    private const ulong Other = 0xB2;
    private static readonly Dictionary<NodeId, ulong> NoneMet = [];

    private static PlacedConfiguration At(int index, params Member[] members) =>
        new(new LogIndex(index), new Configuration(members, Say.N(5)));

    private static Member Voter(int id, ulong incarnation = 0) => new(Say.N(id), "", IsVoter: true, incarnation);

    private static Member Learner(int id, ulong incarnation = 0) => new(Say.N(id), "", IsVoter: false, incarnation);

    private static AdmissionKind Of(int id, ulong incarnation, PlacedConfiguration inForce, PlacedConfiguration committed, Dictionary<NodeId, ulong>? met = null) =>
        Admission.Of(Say.N(id), incarnation, inForce, committed, met ?? NoneMet).Kind;

    private static AdmissionKind Of(int id, ulong incarnation, PlacedConfiguration both, Dictionary<NodeId, ulong>? met = null) =>
        Of(id, incarnation, both, both, met);

    [Fact]
    public void P7_H1_ListedIncarnation_IsAdmittedAndNoOther()
    {
        var list = At(0, Voter(1), Voter(2, Own));
        Assert.Equal(AdmissionKind.Admitted, Of(2, Own, list));
        var refused = Admission.Of(Say.N(2), Other, list, list, NoneMet);
        Assert.Equal(AdmissionKind.Replaced, refused.Kind);
        Assert.Contains($"{Own:x16}", refused.Refusal, StringComparison.Ordinal);
        Assert.Contains($"{Other:x16}", refused.Refusal, StringComparison.Ordinal);
        Assert.Contains("remove n2 from the cluster and add", refused.Refusal, StringComparison.Ordinal);
    }

    /// <summary>What the list says counts, not whom this server happened to meet under that id before.</summary>
    [Fact]
    public void P7_List_WinsOverAMeeting() =>
        Assert.Equal(AdmissionKind.Admitted, Of(2, Own, At(0, Voter(2, Own)), new() { [Say.N(2)] = Other }));

    [Fact]
    public void P7_H1_ListWithoutIncarnations_RecordsTheFirstMeetingAndHoldsToIt()
    {
        var list = At(0, Voter(1), Voter(2));
        Assert.Equal(AdmissionKind.AdmittedOnceRecorded, Of(2, Own, list));
        Assert.Equal(AdmissionKind.Admitted, Of(2, Own, list, new() { [Say.N(2)] = Own }));
        Assert.Equal(AdmissionKind.Replaced, Of(2, Other, list, new() { [Say.N(2)] = Own }));
    }

    /// <summary>A failed addition must not burn an id: who is not listed leaves no trace.</summary>
    [Fact]
    public void M7_H1_UnlistedServer_IsAdmittedAndNotRecorded() =>
        Assert.Equal(AdmissionKind.Admitted, Of(4, Own, At(0, Voter(1), Voter(2)), new() { [Say.N(4)] = Other }));

    /// <summary>Nor who is listed by an entry that may yet be lost: its id may then be given to another.</summary>
    [Fact]
    public void M7_H1_LearnerOfAnUncommittedChange_IsNotRecordedBeforeItIsCommitted()
    {
        var before = At(0, Voter(1), Voter(2));
        var after = At(7, Voter(1), Voter(2), Learner(4));
        Assert.Equal(AdmissionKind.Admitted, Of(4, Own, after, before));
        Assert.Equal(AdmissionKind.AdmittedOnceRecorded, Of(4, Own, after, after));
        Assert.Equal(AdmissionKind.AdmittedOnceRecorded, Of(4, Own, At(9, Voter(1), Voter(2), Voter(4)), before));
    }

    /// <summary>
    /// The addition of one server was lost with its leader, and the id given to another, which leads by now: a server that
    /// holds the lost addition must hear that leader, which alone replaces it.
    /// </summary>
    [Fact]
    public void M7_H1_LearnerOfAnUncommittedChange_ShutsOutNoOtherThatGotItsId()
    {
        var before = At(0, Voter(1), Voter(2));
        var lost = At(7, Voter(1), Voter(2), Learner(4, Own));
        Assert.Equal(AdmissionKind.Admitted, Of(4, Other, lost, before));
        Assert.Equal(AdmissionKind.Replaced, Of(4, Other, lost, lost));

        // A promotion follows only a committed addition.
        Assert.Equal(AdmissionKind.Replaced, Of(4, Other, At(9, Voter(1), Voter(2), Voter(4, Own)), before));
    }

    /// <summary>A removal can be taken back until it is committed: until then the server is who it was.</summary>
    [Fact]
    public void M7_RemovedServer_IsKnownUntilItsRemovalIsCommittedAndThenRefused()
    {
        var before = At(3, Voter(1), Voter(2, Own));
        var after = At(7, Voter(1));
        Assert.Equal(AdmissionKind.Admitted, Of(2, Own, after, before));
        Assert.Equal(AdmissionKind.Replaced, Of(2, Other, after, before));
        Assert.Equal(AdmissionKind.Removed, Of(2, Own, after, after));
    }

    /// <summary>A start-up list with gaps removes no one: it may be that of a server that joined.</summary>
    [Fact]
    public void M7_GapInTheStartUpList_IsNoRemoval() => Assert.Equal(AdmissionKind.Admitted, Of(2, Own, At(0, Voter(1), Voter(3))));
}
