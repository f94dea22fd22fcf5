using Headrace.Core.Jobs;
using Headrace.Core.Queues;

namespace Headrace.Core.Dispatch;

/// <summary>
/// A known method: its versions with their schemas, the number of workers that offer each one, and its lanes with ready
/// jobs.
/// </summary>
internal sealed class Method(MethodName name)
{
    private readonly SortedDictionary<int, Version> _versions = [];

    public sealed class Version(MethodRow row)
    {
        /// <summary>The stored row of this version.</summary>
        public MethodRow Row { get; set; } = row;

        public int Number { get; } = row.Version;

        public LossPolicy LossPolicy => Row.LossPolicy;

        public string Schema => Row.Schema;

        public string ResultSchema => Row.ResultSchema;

        /// <summary>Number of worker slots that one attempt occupies.</summary>
        public int Slots => Row.Slots;

        /// <summary>Number of current workers that offer this version and have enough slots for it.</summary>
        public int OfferCount { get; set; }
    }

    public MethodName Name { get; } = name;

    /// <summary>The lanes of this method that contain ready jobs and belong to an open queue.</summary>
    public List<Lane> ReadyLanes { get; } = [];

    public IEnumerable<Version> Versions => _versions.Values;

    public Version? Find(int version) => _versions.GetValueOrDefault(version);

    public void Add(Version version) => _versions.Add(version.Number, version);

    /// <summary>
    /// The highest version that a current worker offers and has enough slots for; 0 if there is none. A job that
    /// requests no version runs as this version (R22).
    /// </summary>
    public int HighestOffered { get; private set; }

    /// <summary>
    /// The version assumed for an unclaimed job that requests none, for example to check its parameters. It is the
    /// highest version that a current worker offers or, if no worker offers the method, the highest known version.
    /// </summary>
    public int DefaultVersion => HighestOffered > 0 ? HighestOffered : _versions.Keys.LastOrDefault();

    public void AddOffers(int version, int delta)
    {
        _versions[version].OfferCount += delta;
        HighestOffered = 0;
        foreach (var v in _versions.Values)
            if (v.OfferCount > 0)
                HighestOffered = v.Number;
    }

    /// <summary>
    /// Returns the retry policy of a new job. The options of the submission take precedence over those of the requested
    /// version of this method, and both take precedence over those of the queue.
    /// </summary>
    public RetryPolicy CompleteRetry(RetryOptions stated, int version, RetryOptions ofQueue) =>
        RetryPolicy.Of(
            stated.Or(Find(version == 0 ? DefaultVersion : version)?.Row.Retry ?? RetryOptions.None).Or(ofQueue)
        );

    /// <summary>
    /// The version that would run the lane's jobs now; 0 if no worker offers a matching version, in which case the jobs
    /// wait for a worker (R19).
    /// </summary>
    public int VersionFor(Lane lane) =>
        lane.Version == 0 ? HighestOffered
        : Find(lane.Version) is { OfferCount: > 0 } ? lane.Version
        : 0;
}
