namespace Headrace.Bench.Speed.Loads;

/// <summary>A pattern of requests to a server over HTTP.</summary>
internal interface ILoad
{
    /// <summary>Performs <paramref name="count"/> operations, and returns when all of them have taken effect.</summary>
    Task<LoadRound> RoundAsync(int count, CancellationToken stop);
}
