namespace Headrace.Apps.Benchop.Numerics;

/// <summary>
/// Ends a computation on this thread early. The caller of a pricing method sets the token; the loops of the methods
/// call <see cref="Check"/> once per time step, block of paths, iteration or row of a matrix, so that a cancelled
/// pricing ends within a fraction of a second. The token belongs to the thread rather than to the parameters of every
/// method, because a pricing never leaves its thread. A check takes about a nanosecond, so it must not be made for
/// each price or node.
/// </summary>
internal static class Cancellation
{
    /// <summary>
    /// A loop with cheap iterations makes a check once in this many of them. The number is a power of two.
    /// </summary>
    public const int Stride = 16;

    [ThreadStatic]
    private static CancellationToken _token;

    /// <summary>Sets the token that <see cref="Check"/> observes until the returned scope is disposed.</summary>
    public static Scope Observe(CancellationToken token)
    {
        var scope = new Scope(_token);
        _token = token;
        return scope;
    }

    /// <exception cref="OperationCanceledException">The token has been cancelled.</exception>
    public static void Check() => _token.ThrowIfCancellationRequested();

    /// <summary>Makes a check if the iteration is a multiple of <see cref="Stride"/>.</summary>
    public static void CheckAt(int iteration)
    {
        if (iteration % Stride == 0)
            Check();
    }

    /// <summary>Restores the token that was observed before.</summary>
    internal readonly struct Scope(CancellationToken before) : IDisposable
    {
        public void Dispose() => _token = before;
    }
}
