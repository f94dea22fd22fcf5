using Headrace.Core;

namespace Headrace.Server.Pools;

/// <summary>
/// The methods that a new worker of a pool would offer, as far as the server knows them. The methods are known from the
/// beginning, or the server obtains them from the description that the program prints (<c>--describe</c>) or from the
/// workers that have joined. Thread-safe.
/// </summary>
internal sealed class PoolMethods
{
    private volatile IReadOnlyList<MethodRef>? _described;
    private volatile IReadOnlyList<MethodRef>? _seen;
    private volatile IReadOnlyDictionary<MethodRef, string> _refused = new Dictionary<MethodRef, string>();
    private volatile string? _problem;
    private volatile bool _mustLearn;

    /// <param name="known">The methods, if they are already known; otherwise null.</param>
    public PoolMethods(IReadOnlyList<MethodRef>? known) => _described = known;

    /// <summary>The methods that a new worker would offer; null if unknown.</summary>
    public IReadOnlyList<MethodRef>? Offers => _described ?? _seen;

    /// <summary>Described methods that the broker does not accept, each with the reason.</summary>
    public IReadOnlyDictionary<MethodRef, string> Refused => _refused;

    /// <summary>
    /// The reason why the program did not describe its methods; null if it did, or if it has not been asked.
    /// </summary>
    public string? Problem => _problem;

    /// <summary>Sentences that describe <see cref="Problem"/> and the refused methods.</summary>
    public IReadOnlyList<string> Problems =>
        [.. _problem is { } problem ? [problem] : (string[])[], .. _refused.Values];

    /// <summary>
    /// Whether a worker must be started so that the server can learn the methods: the program did not describe them,
    /// and no worker has joined yet. No job can be submitted for methods that the server does not know.
    /// </summary>
    public bool MustLearn => _mustLearn && Offers is null;

    /// <summary>Records the methods that the program described.</summary>
    public void OnDescribed(IReadOnlyList<MethodRef> offers, IReadOnlyDictionary<MethodRef, string> refused)
    {
        (_described, _refused, _problem, _mustLearn) = (offers, refused, null, false);
    }

    /// <summary>
    /// Records the reason why the program did not describe its methods. Methods that are already known are kept,
    /// because the program may be incomplete while it is being replaced.
    /// </summary>
    public void OnNotDescribed(string problem) => (_problem, _mustLearn) = (problem, true);

    /// <summary>
    /// Records the offers of the newest worker of the pool. If the program printed no description, these offers are
    /// used instead.
    /// </summary>
    public void OnSeen(IReadOnlyList<MethodRef> offers)
    {
        _seen = offers;
        if (_described is null)
            _problem = null;
    }
}
