using System.Security.Authentication;
using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>Explains Redis failures: what failed, and what to do.</summary>
internal static class RedisFailures
{
    /// <summary>How the password of a bridge is set. Other programs that use these texts have another way.</summary>
    public const string PasswordRemedy = "headrace bridges add --password or --password-file";

    /// <summary>Returns the explanation; null if the exception is not a Redis failure.</summary>
    public static string? Explain(Exception failure, BrokerAddress address, string keys) =>
        failure switch
        {
            RedisServerException server => ExplainReply(server.Message, address, keys),
            RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } refused =>
                ExplainAuthentication(refused, address),
            RedisConnectionException lost when Innermost(lost) is AuthenticationException tls =>
                $"The TLS connection to Redis at {address} failed: {tls.Message.TrimEnd('.')}. Check the certificate, "
                    + "and whether this port uses TLS.",
            RedisConnectionException lost when IsAuthentication(lost) => ExplainAuthentication(lost, address),
            RedisConnectionException lost =>
                $"Redis at {address} cannot be reached: {Cause(lost)}. Check the address, and whether Redis is "
                    + "running.",
            RedisTimeoutException or TimeoutException =>
                $"Redis at {address} did not reply in time. It may be overloaded, or the network may be down.",
            RedisException other => $"Redis at {address} failed: {other.Message.TrimEnd('.')}.",
            ObjectDisposedException => $"The connection to Redis at {address} was closed.",
            _ => null,
        };

    private static string ExplainReply(string message, BrokerAddress address, string keys)
    {
        var reply = message.TrimEnd('.');
        // A script adds its own text before or after the error of the command.
        bool Has(string code) => reply.Contains(code, StringComparison.Ordinal);
        return Has("WRONGTYPE")
                ? $"A key that the bridge uses has a different type in Redis at {address}: {keys}. Use another key, or "
                    + "delete this one."
            : Has("OOM ")
                ? $"Redis at {address} has reached its maxmemory limit and rejects writes. Raise maxmemory, or delete "
                    + "data."
            : Has("MISCONF")
                ? $"Redis at {address} cannot write to disk and rejects writes. Its log states the cause."
            : Has("READONLY") ? $"Redis at {address} is a replica and rejects writes. Use the address of the primary."
            : Has("LOADING") ? $"Redis at {address} is loading its data. The bridge continues when loading is complete."
            : Has("NOPERM")
                ? $"The bridge's user is not permitted to use a command or key in Redis at {address}: {reply}. Change "
                    + "the user's access rules."
            : Has("NOAUTH") || Has("WRONGPASS") ? PasswordRefused(address)
            : $"Redis at {address} replied: {reply}.";
    }

    private static bool IsAuthentication(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            if (
                cause.Message.Contains("NOAUTH", StringComparison.Ordinal)
                || cause.Message.Contains("WRONGPASS", StringComparison.Ordinal)
                || cause.Message.Contains("authentication failure", StringComparison.OrdinalIgnoreCase)
            )
                return true;
        return false;
    }

    private static string ExplainAuthentication(RedisConnectionException refused, BrokerAddress address) =>
        Innermost(refused) is AuthenticationException tls
            ? $"The TLS connection to Redis at {address} failed: {tls.Message.TrimEnd('.')}. Check the certificate, "
                + "and whether this port uses TLS."
            : PasswordRefused(address);

    private static string PasswordRefused(BrokerAddress address) =>
        $"Redis at {address} rejected the bridge's user name or password. Set the correct ones: {PasswordRemedy}.";

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure;
    }

    private static string Cause(Exception failure) => Innermost(failure).Message.TrimEnd('.');
}
