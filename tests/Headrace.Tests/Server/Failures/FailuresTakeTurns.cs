using Xunit;

namespace Headrace.Tests.Server.Failures;

/// <summary>
/// These tests load the machine or depend on short leases, so they run one after another and not in parallel with other
/// tests.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FailuresTakeTurns
{
    public const string Name = "Failures take turns";
}
