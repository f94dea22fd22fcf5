namespace Headrace.Bench.Speed;

/// <summary>Specifies one row of a table and its measurement.</summary>
/// <param name="Title">The name of the row, in the table and for <c>--only</c>.</param>
/// <param name="Order">What the load sends.</param>
/// <param name="Count">
/// The number of jobs per round. A round takes at least a second, so that a single slow sync does not dominate the
/// result.
/// </param>
internal sealed record SpeedCase(string Title, LoadSpec Order, int Count)
{
    /// <summary>
    /// An uncounted load that runs before the measured rounds and creates the data that they read. Null if they need no
    /// data.
    /// </summary>
    public (LoadSpec Order, int Count)? First { get; init; }
}
