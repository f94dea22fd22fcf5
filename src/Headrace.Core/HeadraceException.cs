namespace Headrace.Core;

/// <summary>
/// A failure of the environment that the rules do not cover, for example a store in use by another server or a failing
/// disk. The message states the remedy.
/// </summary>
public class HeadraceException : Exception
{
    public HeadraceException(string message)
        : base(message) { }

    public HeadraceException(string message, Exception inner)
        : base(message, inner) { }

    public HeadraceException() { }

    /// <summary>True if the same operation may succeed later without intervention.</summary>
    public virtual bool IsTransient => false;
}
