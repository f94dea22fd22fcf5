using Headrace.Bridges.Redis;
using Headrace.Core;

namespace Headrace.Apps.Pipeline.Messages;

/// <summary>Thrown when Redis cannot be used. The message states the cause and the remedy.</summary>
/// <param name="explanation">The explanation for a bridge.</param>
/// <param name="inner">The cause.</param>
internal sealed class RedisUnavailableException(string explanation, Exception inner)
    : HeadraceException(
        explanation
            .Replace(RedisFailures.PasswordRemedy, "--redis-password-file", StringComparison.Ordinal)
            .Replace("the bridge", "the command", StringComparison.Ordinal),
        inner
    )
{
    public override bool IsTransient => true;
}
