using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// The current incarnation of a worker name: its capacity, its offers, its leases, and its open exchange (R6–R9).
/// </summary>
internal sealed class Worker(LeaseHolder identity, string pool, Instant joined, Elapsed lastSeen)
{
    private readonly List<OfferedMethod> _offers = [];

    public LeaseHolder Identity { get; } = identity;

    public string Pool { get; } = pool;

    public Instant Joined { get; } = joined;

    public int Slots { get; private set; }

    /// <summary>Number of additional slots, beyond its own, for which the worker may hold leases.</summary>
    public int Prefetch { get; private set; }

    /// <summary>
    /// Number of reported free slots that are really places in a slot shared by several jobs. A stream runs in that
    /// slot, and only the stream can use these places. The worker reports the number in each message.
    /// </summary>
    public int SharedSlots { get; private set; }

    public WorkerPhase Phase { get; private set; }

    public WorkerLiveness Liveness { get; private set; }

    public bool Unresponsive => Liveness == WorkerLiveness.Unresponsive;

    /// <summary>
    /// True if the worker can be assigned jobs, now or once it has free capacity. Its offers count only while this is
    /// true (R22).
    /// </summary>
    public bool AcceptsJobs => Phase == WorkerPhase.Active && !Unresponsive;

    /// <summary>The reason why the worker was instructed to terminate; null if it may continue.</summary>
    public string? TerminateReason { get; private set; }

    /// <summary>The method versions that the worker offers.</summary>
    public IReadOnlyList<OfferedMethod> Offers => _offers;

    /// <summary>The offers in the worker's latest message that were refused; see <see cref="OfferCheck"/>.</summary>
    public IReadOnlyDictionary<MethodRef, OfferRefusal> RefusedOffers { get; set; } = OfferRefusal.None;

    /// <summary>
    /// The hardware or runtime used for each offered method, for display. Methods that report none are omitted.
    /// </summary>
    public Dictionary<MethodRef, string> RuntimeInfo { get; } = [];

    /// <summary>
    /// The methods that the worker has but cannot currently run, each with the reason. The worker does not offer them.
    /// </summary>
    public Dictionary<MethodRef, string> Unavailable { get; } = [];

    /// <summary>
    /// The worker's capacity in slots at its last claim, or the number of slots occupied by the group of suspects
    /// granted to it. Its leases never occupy more slots than this, even though it may have reported a smaller capacity
    /// since then.
    /// </summary>
    public int CapacityAtGrant { get; set; }

    /// <summary>
    /// When the worker's last message arrived. All its leases expire if no further message arrives within one lease
    /// period (R8).
    /// </summary>
    public Elapsed LastSeen { get; private set; } = lastSeen;

    /// <summary>The running jobs that this incarnation holds.</summary>
    public HashSet<Job> HeldJobs { get; } = [];

    /// <summary>Number of slots that the running jobs occupy, including those that wait in the worker.</summary>
    public int OccupiedSlots { get; private set; }

    /// <summary>
    /// The number of children that wait for the running jobs, and the size of their bodies and params in bytes (R13).
    /// </summary>
    public (int Jobs, long Bytes) WaitingChildren
    {
        get
        {
            var (jobs, bytes) = (0, 0L);
            foreach (var job in HeldJobs)
                if (job.RunningAttempt?.Children is { } children)
                    (jobs, bytes) = (jobs + children.Count, bytes + children.Bytes);
            return (jobs, bytes);
        }
    }

    /// <summary>The lane for whose first job the worker is reserved; null if there is none (R19).</summary>
    public Reservation? Reservation { get; set; }

    /// <summary>Number of jobs that the worker may resume even though their leases have expired (R11).</summary>
    public int RetainedLeases { get; set; }

    /// <summary>When the worker last held a job, or when it joined if it has held none.</summary>
    public Elapsed LastBusy { get; set; } = lastSeen;

    /// <summary>The number of the last applied exchange; 0 if unknown, for example after a restart.</summary>
    public long LastExchangeNumber { get; set; }

    /// <summary>The exchange that is waiting for its reply; null if none is open.</summary>
    public OpenExchange? OpenExchange { get; set; }

    public InstructionTracker Instructions { get; } = new();

    /// <summary>Leases that the worker listed but no longer holds; it was instructed to stop their attempts.</summary>
    public HashSet<LeaseToken> Revoked { get; private set; } = [];

    /// <summary>
    /// The suspect jobs that the worker holds. While it holds one, the worker receives no further leases (R10). It can
    /// hold several only if they were granted as a group, or if it resumed several.
    /// </summary>
    public HashSet<Job> Suspects { get; } = [];

    /// <summary>Number of slots for which the worker can receive further leases (R7).</summary>
    public int Credit =>
        !AcceptsJobs || Suspects.Count > 0 || HeldJobs.Count >= Limits.LeasesPerWorker
            ? 0
            : Slots + Prefetch - OccupiedSlots;

    /// <summary>Number of slots without a job. Free slots are filled before the prefetch of any worker.</summary>
    public int FreeSlots => Math.Min(Credit, Slots - OccupiedSlots);

    /// <summary>
    /// Number of free slots that a job of several slots can occupy. After jobs that share a slot have been granted, the
    /// number is too low until the worker's next message.
    /// </summary>
    public int UnsharedFreeSlots => FreeSlots - SharedSlots;

    /// <summary>
    /// True if the worker accepts no more jobs, holds none and runs none. Nothing more needs to be exchanged with it.
    /// </summary>
    public bool HasDrained =>
        Phase == WorkerPhase.Draining && HeldJobs.Count == 0 && RetainedLeases == 0 && Revoked.Count == 0;

    /// <summary>
    /// Records that a message from the worker arrived. This renews its leases (R8). A message that arrived before the
    /// leases expired, but is applied later because its first batch was rejected, does not make them valid again.
    /// </summary>
    public void OnMessageArrived(Elapsed at)
    {
        if (Unresponsive && at <= LastSeen)
            return;
        if (at > LastSeen)
            LastSeen = at;
        Change(Phase, WorkerLiveness.Responsive);
    }

    public void OnLeaseExpired() => Change(Phase, WorkerLiveness.Unresponsive);

    /// <summary>
    /// Asks the worker to finish its jobs and exit. Returns false if it no longer accepts jobs anyway.
    /// </summary>
    public bool RequestDrain()
    {
        if (Phase != WorkerPhase.Active)
            return false;
        Change(WorkerPhase.DrainRequested, Liveness);
        Instructions.Issue();
        return true;
    }

    /// <summary>Returns true if the worker accepted jobs until now.</summary>
    public bool OnDrainReported()
    {
        var wasActive = Phase == WorkerPhase.Active;
        if (Phase < WorkerPhase.Draining)
            Change(WorkerPhase.Draining, Liveness);
        return wasActive;
    }

    /// <summary>Instructs the worker to stop its jobs and exit. Repeated calls keep the first reason.</summary>
    public void Terminate(string reason)
    {
        if (Phase == WorkerPhase.Terminating)
            return;
        Change(WorkerPhase.Terminating, Liveness);
        TerminateReason = reason;
        Instructions.Issue();
    }

    /// <summary>Adds a running job to those that the worker holds.</summary>
    public void Attach(Job job)
    {
        HeldJobs.Add(job);
        OccupiedSlots += job.OccupiedSlots;
        if (job.Status.Isolated)
            Suspects.Add(job);
    }

    /// <summary>Removes a job whose attempt is ending.</summary>
    public void Detach(Job job, Elapsed now)
    {
        if (HeldJobs.Remove(job))
            OccupiedSlots -= job.OccupiedSlots;
        Suspects.Remove(job);
        LastBusy = now;
    }

    /// <summary>Sets the capacity that the worker reported. The capacity determines which offers count (R22).</summary>
    public void SetCapacity(int slots, int prefetch, int shared)
    {
        (Prefetch, SharedSlots) = (prefetch, shared);
        if (slots == Slots)
            return;
        // The capacity reported by a worker with streams changes constantly. The changes matter only to methods whose
        // jobs occupy several slots.
        var counts = AcceptsJobs && OffersWide;
        if (counts)
            CountOffers(-1);
        Slots = slots;
        if (counts)
            CountOffers(+1);
    }

    public void AddOffer(Method method, Method.Version version)
    {
        var offer = new OfferedMethod(method, version);
        _offers.Add(offer);
        if (AcceptsJobs && HasSlotsFor(version))
            method.AddOffers(version.Number, +1);
    }

    /// <summary>
    /// True if the worker has enough slots in total, free or occupied, for one attempt. Otherwise, it is never assigned
    /// a job of this version, and its offer does not count.
    /// </summary>
    public bool HasSlotsFor(Method.Version version) => version.Slots == 1 || version.Slots <= Slots;

    public void ClearOffers()
    {
        if (AcceptsJobs)
            CountOffers(-1);
        _offers.Clear();
        RuntimeInfo.Clear();
        Unavailable.Clear();
    }

    /// <summary>
    /// Stores the revoked leases from the worker's latest list. Returns true if the set contains a lease that was not
    /// revoked before.
    /// </summary>
    public bool SetRevoked(HashSet<LeaseToken> revoked)
    {
        var news = !revoked.IsSubsetOf(Revoked);
        Revoked = revoked;
        return news;
    }

    /// <summary>
    /// Changes the phase and the liveness. Both change only here, so that the offer counts always match them.
    /// </summary>
    private void Change(WorkerPhase phase, WorkerLiveness liveness)
    {
        var accepted = AcceptsJobs;
        (Phase, Liveness) = (phase, liveness);
        if (AcceptsJobs != accepted)
            CountOffers(AcceptsJobs ? +1 : -1);
    }

    private bool OffersWide => _offers.Exists(static offer => offer.Version.Slots > 1);

    private void CountOffers(int delta)
    {
        foreach (var (method, version) in _offers)
            if (HasSlotsFor(version))
                method.AddOffers(version.Number, delta);
    }
}

/// <summary>A method version that a worker offers.</summary>
internal readonly record struct OfferedMethod(Method Method, Method.Version Version);
