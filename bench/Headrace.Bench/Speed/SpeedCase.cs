namespace Headrace.Bench.Speed;

/// <summary>One row of a table before it is measured.</summary>
/// <param name="Title">Its name, in the table and for <c>--only</c>.</param>
/// <param name="Order">What the load does.</param>
/// <param name="Count">Jobs of a round: a second or more, so that one slow sync is not the whole of it.</param>
internal sealed record SpeedCase(string Title, LoadOrder Order, int Count)
{
    /// <summary>Done before anything else, uncounted: what the rows are read from.</summary>
    public (LoadOrder Order, int Count)? First { get; init; }
}
