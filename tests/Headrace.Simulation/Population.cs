using Headrace.Core;
using Headrace.Core.Dispatch;

namespace Headrace.Simulation;

/// <summary>
/// The workers and methods of one schedule, and the kinds of steps that it takes, all drawn from its seed. Most bugs
/// appear only under combinations of conditions that would be rare if every schedule did a little of everything.
/// Examples are many drains without a restart, three versions with one slot, and a long lease with a full disk.
/// </summary>
internal sealed record Population
{
    /// <summary>The kinds of steps that every schedule includes, because nothing would happen without them.</summary>
    private static readonly StepKind[] Essential =
    [
        StepKind.Submit,
        StepKind.WorkerActs,
        StepKind.Deliver,
        StepKind.CommitCompletes,
        StepKind.ReadCompletes,
        StepKind.TimePasses,
    ];

    private static readonly Offer[] AllOffers =
    [
        new(new MethodName("noop"), 1, "{}") { LossPolicy = new LossPolicy { MaxWorkerCrashes = 0 } },
        new(new MethodName("noop"), 2, "{}") { LossPolicy = new LossPolicy { MaxWorkerCrashes = 0 } },
        new(new MethodName("fragile"), 1, "{}"),
        new(new MethodName("once"), 1, "{}") { LossPolicy = new LossPolicy { FailWhenLost = true } },
        new(new MethodName("single"), 1, "{}") { LossPolicy = new LossPolicy { Exclusive = true } },
    ];

    /// <summary>The methods and versions that clients request. Version 0 means any version.</summary>
    public static readonly IReadOnlyList<MethodRef> Requested =
    [
        new(new MethodName("noop"), 0),
        new(new MethodName("noop"), 0),
        new(new MethodName("noop"), 0),
        new(new MethodName("fragile"), 0),
        new(new MethodName("noop"), 1),
        new(new MethodName("once"), 0),
        new(new MethodName("noop"), 2),
        new(new MethodName("single"), 1),
    ];

    public required IReadOnlyList<DrawnWorker> Workers { get; init; }

    public required IReadOnlySet<StepKind> Kinds { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>
    /// Whether jobs request several methods and versions. Otherwise, they request two methods without a version.
    /// </summary>
    public required bool ManyMethods { get; init; }

    /// <summary>Whether all methods are exclusive; otherwise, one of them is.</summary>
    public required bool AllExclusive { get; init; }

    /// <summary>Whether several sweeps over ended jobs run at the same time.</summary>
    public required bool SweepsCompete { get; init; }

    /// <summary>Whether methods become unavailable on their workers and later available again.</summary>
    public required bool MethodsFail { get; init; }

    /// <summary>Whether running jobs submit children.</summary>
    public required bool HaveChildren { get; init; }

    public static bool MustNotRunTwice(MethodName method) =>
        AllOffers.Any(offer => offer.Method == method && offer.LossPolicy.FailWhenLost);

    /// <summary>Returns true if no two runs of a job of this method may overlap.</summary>
    public bool IsExclusive(MethodName method) =>
        AllExclusive || AllOffers.Any(offer => offer.Method == method && offer.LossPolicy.Exclusive);

    /// <summary>Returns true if jobs of this method fail as poison after repeated crashes.</summary>
    public static bool IsQuarantined(MethodName method) =>
        AllOffers.Any(offer =>
            offer.Method == method && offer.LossPolicy is { FailWhenLost: false, MaxWorkerCrashes: > 0 }
        );

    public static Population Draw(int seed)
    {
        var random = new Random(seed ^ 0xFA1E);
        var many = random.Next(2) == 0;
        var kinds = Enum.GetValues<StepKind>()
            .Where(kind => kind < StepKind.LeaseOutage && (Essential.Contains(kind) || random.Next(4) > 0))
            .ToHashSet();
        var leases = new[] { 3, 6, 6, 6, 30 };
        // In half of the schedules, jobs may take several slots, which requires larger workers. In the other half,
        // every job takes one slot.
        var slots = new Random(seed ^ 0x5107);
        IReadOnlyList<Offer> methods =
            slots.Next(2) == 0 ? AllOffers : [.. AllOffers.Select(offer => offer with { Slots = 1 + slots.Next(4) })];
        var exclusive = new Random(seed ^ 0xE8C1).Next(3) == 0;
        if (exclusive)
            methods = [.. methods.Select(AsExclusive)];
        var widest = methods.Max(offer => offer.Slots);
        var streams = new Random(seed ^ 0x57EA);
        return new Population
        {
            ManyMethods = many,
            AllExclusive = exclusive,
            SweepsCompete = new Random(seed ^ 0x5EE9).Next(4) == 0,
            HaveChildren = new Random(seed ^ 0xC41D).Next(3) == 0,
            MethodsFail = new Random(seed ^ 0xA7A1).Next(4) == 0,
            Kinds = kinds,
            // Runs must outlive leases, or there would be nothing to check.
            Lease = TimeSpan.FromSeconds(exclusive ? leases[0] : leases[random.Next(leases.Length)]),
            // The first worker offers everything and has enough slots for it, so that every job can eventually end.
            Workers =
            [
                .. WithConflict(
                    Enumerable
                        .Range(0, 3)
                        .Select(i => DrawWorker(random, methods, many, offersAll: i == 0))
                        .Select(
                            (worker, i) =>
                                widest == 1
                                    ? worker
                                    : worker with
                                    {
                                        Slots = i == 0 ? slots.Next(widest, 9) : slots.Next(1, 9),
                                        MinSlots = i == 0 ? widest : 1,
                                        Stream = streams.Next(2) == 0 ? NarrowOf(worker.Offers) : null,
                                    }
                        )
                        .ToList(),
                    new Random(seed ^ 0x0FFE2)
                ),
            ],
        };
    }

    private static Offer AsExclusive(Offer offer) =>
        offer with
        {
            LossPolicy = offer.LossPolicy with { Exclusive = true },
        };

    /// <summary>Returns a method whose jobs take one slot; null if there is none.</summary>
    private static MethodName? NarrowOf(IReadOnlyList<Offer> offers) =>
        offers.FirstOrDefault(offer => offer.Slots == 1)?.Method;

    /// <summary>
    /// In every second schedule, some workers also offer a method whose schemas conflict. The server rejects the method
    /// when the second of these workers joins, but jobs of that worker's other methods must still end (R22).
    /// </summary>
    private static IEnumerable<DrawnWorker> WithConflict(List<DrawnWorker> workers, Random random)
    {
        if (random.Next(2) == 0)
            return workers;
        return workers.Select(worker =>
            worker with
            {
                Offers =
                [
                    .. worker.Offers,
                    new(new MethodName("conflict"), 1, random.Next(2) == 0 ? "{}" : """{"type":"object"}"""),
                ],
            }
        );
    }

    private static DrawnWorker DrawWorker(Random random, IReadOnlyList<Offer> methods, bool many, bool offersAll)
    {
        IReadOnlyList<Offer> offers = many
            ? [.. methods.Where(_ => offersAll || random.Next(3) > 0)]
            : [methods[0], methods[2]];
        // A worker without offers would never receive a job.
        return new DrawnWorker(1 + random.Next(3), random.Next(3), offers.Count > 0 ? offers : [methods[0]]);
    }
}

/// <summary>The capacity of a worker when it starts, and its offers.</summary>
internal sealed record DrawnWorker(int Slots, int Prefetch, IReadOnlyList<Offer> Offers)
{
    /// <summary>
    /// The worker never reduces its capacity below this number of slots, so that the first worker can run every job.
    /// </summary>
    public int MinSlots { get; init; } = 1;

    /// <summary>The method whose jobs share slots; null if there is none.</summary>
    public MethodName? Stream { get; init; }
}
