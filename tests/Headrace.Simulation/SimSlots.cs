namespace Headrace.Simulation;

/// <summary>The slots of a simulated worker. Their number can change while the worker runs.</summary>
internal sealed class SimSlots(DrawnWorker drawn)
{
    /// <summary>The number of jobs in a stream that share a slot.</summary>
    private const int PlacesPerSlot = 2;

    /// <summary>
    /// The largest number of slots of this incarnation. The server may still assume this number, because messages
    /// arrive late.
    /// </summary>
    private int _max = drawn.Slots;

    public int Count { get; private set; } = drawn.Slots;

    /// <summary>
    /// The largest number of slots that the worker's unfinished leases may occupy. Each slot that runs jobs of a stream
    /// has two places.
    /// </summary>
    public int MaxCapacity => ((drawn.Stream is null ? 1 : PlacesPerSlot) * _max) + drawn.Prefetch;

    /// <summary>Called when an incarnation starts.</summary>
    public void Reset() => Count = _max = drawn.Slots;

    public void Resize(int choice)
    {
        Count = drawn.MinSlots + (choice % 8);
        _max = Math.Max(_max, Count);
    }

    /// <summary>Returns the number of slots that these jobs occupy. The jobs of a stream share slots.</summary>
    public int OccupiedBy(IReadOnlyList<SimHeldJob> jobs) =>
        jobs.Where(job => !IsStreamed(job)).Sum(job => job.Slots) + SlotsOfStream(jobs);

    /// <summary>
    /// Returns the number of slots that the worker reports while it holds these unfinished jobs, and how many of them
    /// only its stream can use.
    /// </summary>
    public (int Slots, int Shared) Report(IReadOnlyList<SimHeldJob> held)
    {
        // A slot of a stream counts once for each of its places, but the worker must never appear large enough for a
        // job that needs more slots than the worker has.
        var slots = Count + SlotsOfStream([.. held.Where(job => job.Started)]);
        foreach (var offer in drawn.Offers.Where(offer => offer.Slots > Count))
            slots = Math.Min(slots, offer.Slots - 1);
        var free = Math.Max(0, Count - OccupiedBy(held));
        return (slots, Math.Max(0, slots - held.Sum(job => job.Slots) - free));
    }

    private int SlotsOfStream(IReadOnlyList<SimHeldJob> jobs) =>
        (jobs.Count(IsStreamed) + PlacesPerSlot - 1) / PlacesPerSlot;

    // Another version of the stream's method may take several slots. Its jobs are not streamed.
    private bool IsStreamed(SimHeldJob job) => job.Method == drawn.Stream && job.Slots == 1;
}
