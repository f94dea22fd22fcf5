namespace Headrace.Core;

/// <summary>
/// The base class of the errors that Headrace reports, such as a rejected request, a job that did not succeed, or a
/// store in use by another server. The message states the remedy.
/// </summary>
public class HeadraceException : Exception
{
    public HeadraceException(string message)
        : base(message) { }

    public HeadraceException(string message, Exception inner)
        : base(message, inner) { }

    public HeadraceException() { }

    /// <summary>
    /// The reason for this error, worded for callers with and without a key. Equals the message unless a derived class
    /// overrides it.
    /// </summary>
    internal virtual Reason Reason => Message;

    /// <summary>True if the same operation may succeed later without intervention.</summary>
    public virtual bool IsTransient => false;
}
