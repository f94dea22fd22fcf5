using Headrace.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Headrace.Tests.Server.Accounts;

/// <summary>A server whose clock is controlled by the test.</summary>
public sealed class TimedAccountScene : AccountScene
{
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    internal FakeTimeProvider Time { get; } = new(Start);

    /// <summary>
    /// Sets the wall clock forward without firing timers. Firing the millions of timer ticks in a month would take
    /// minutes.
    /// </summary>
    internal void Jump(TimeSpan by) => Time.AdjustTime(Time.GetUtcNow() + by);

    private protected override ServerDependencies Parts(ServerDependencies parts) => parts with { Time = Time };
}
