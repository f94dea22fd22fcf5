using Headrace.Core;
using Headrace.Core.Dispatch;

namespace Headrace.Simulation;

/// <summary>
/// The workers and methods of one schedule, and the kinds of steps that it takes, drawn from its seed. Most faults
/// occur only in combinations that would be rare if every schedule did a little of everything. Examples are many drains
/// and no restart, three versions and one slot, and a long lease and a full disk.
/// </summary>
internal sealed record Population
{
    /// <summary>Steps without which nothing would happen.</summary>
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

    /// <summary>The methods and versions that clients request. Version 0 requests any version.</summary>
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

    public required IReadOnlyList<(int Slots, int Prefetch, IReadOnlyList<Offer> Offers)> Workers { get; init; }

    public required IReadOnlySet<StepKind> Kinds { get; init; }

    public required TimeSpan Lease { get; init; }

    /// <summary>
    /// True if jobs request several methods and versions; false if they request two methods and no version.
    /// </summary>
    public required bool ManyMethods { get; init; }

    public static bool MustNotRunTwice(MethodName method) =>
        AllOffers.Any(offer => offer.Method == method && offer.LossPolicy.FailWhenLost);

    public static Population Draw(int seed)
    {
        var random = new Random(seed ^ 0xFA1E);
        var many = random.Next(2) == 0;
        var kinds = Enum.GetValues<StepKind>()
            .Where(kind => Essential.Contains(kind) || random.Next(4) > 0)
            .ToHashSet();
        var leases = new[] { 3, 6, 6, 6, 30 };
        return new Population
        {
            ManyMethods = many,
            Kinds = kinds,
            Lease = TimeSpan.FromSeconds(leases[random.Next(leases.Length)]),
            // The first worker offers everything, so that every job can end.
            Workers =
            [
                .. WithConflict(
                    [.. Enumerable.Range(0, 3).Select(i => DrawWorker(random, many, offersAll: i == 0))],
                    new Random(seed ^ 0x0FFE2)
                ),
            ],
        };
    }

    /// <summary>
    /// In every second schedule, some workers also offer a method whose schemas conflict. The worker that joins later
    /// is refused this method, which must not keep any job of its other methods from ending (R22).
    /// </summary>
    private static IEnumerable<(int Slots, int Prefetch, IReadOnlyList<Offer> Offers)> WithConflict(
        List<(int Slots, int Prefetch, IReadOnlyList<Offer> Offers)> workers,
        Random random
    )
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

    private static (int Slots, int Prefetch, IReadOnlyList<Offer> Offers) DrawWorker(
        Random random,
        bool many,
        bool offersAll
    )
    {
        IReadOnlyList<Offer> offers = many
            ? [.. AllOffers.Where(_ => offersAll || random.Next(3) > 0)]
            : [AllOffers[0], AllOffers[2]];
        // A worker without offers would never receive a job.
        return (1 + random.Next(3), random.Next(3), offers.Count > 0 ? offers : [AllOffers[0]]);
    }
}
