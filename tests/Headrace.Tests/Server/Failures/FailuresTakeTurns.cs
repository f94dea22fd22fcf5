using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>
/// These tests load the machine, or count on short leases: they run one after the other, and with no others beside
/// them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FailuresTakeTurns
{
    public const string Name = "Failures take turns";
}
