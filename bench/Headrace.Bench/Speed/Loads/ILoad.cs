namespace Headrace.Bench.Speed.Loads;

/// <summary>One way to use a server over HTTP.</summary>
internal interface ILoad
{
    /// <summary>Does so many of whatever it counts, and ends when all of it has taken effect.</summary>
    Task<LoadRound> RoundAsync(int count, CancellationToken stop);
}
