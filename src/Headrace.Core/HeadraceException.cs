namespace Headrace.Core;

/// <summary>
/// The world is broken in a way that our rules do not cover: a store that is taken, a disk that fails. The message says
/// what to do.
/// </summary>
public class HeadraceException : Exception
{
    public HeadraceException(string message)
        : base(message) { }

    public HeadraceException(string message, Exception inner)
        : base(message, inner) { }

    public HeadraceException() { }

    /// <summary>True when the same act may succeed later without anybody's doing.</summary>
    public virtual bool IsTransient => false;
}
