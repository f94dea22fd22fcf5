using System.Security.Authentication;
using RabbitMQ.Client.Exceptions;

namespace Headrace.Bridges.RabbitMq;

/// <summary>Explains RabbitMQ failures: what failed, and what to do.</summary>
internal static class RabbitMqFailures
{
    /// <summary>Returns the explanation; null if the exception is not a RabbitMQ failure.</summary>
    public static string? Explain(Exception failure, BrokerAddress address) =>
        failure switch
        {
            BrokerUnreachableException unreachable => ExplainUnreachable(unreachable, address),
            OperationInterruptedException { ShutdownReason: { } reason } =>
                $"RabbitMQ at {address} closed the channel or connection: {reason.ReplyText.TrimEnd('.')}. Check that "
                    + "the queue or exchange exists, and that the user is allowed to use it.",
            PublishException { IsReturn: true } =>
                $"RabbitMQ at {address} has no queue for a result. Create the queue, or bind one to the exchange.",
            PublishException => $"RabbitMQ at {address} did not accept a message. Its log states the cause.",
            TimeoutException or OperationCanceledException { InnerException: TimeoutException } =>
                $"RabbitMQ at {address} did not reply in time. It may be overloaded, or out of memory or disk space, "
                    + "or the network may be down.",
            RabbitMQClientException other => $"RabbitMQ at {address} failed: {other.Message.TrimEnd('.')}.",
            ObjectDisposedException => $"The connection to RabbitMQ at {address} was closed.",
            IOException lost => $"The connection to RabbitMQ at {address} was lost: {lost.Message.TrimEnd('.')}.",
            _ => null,
        };

    private static string ExplainUnreachable(BrokerUnreachableException failure, BrokerAddress address)
    {
        var causes = CausesOf(failure).ToList();
        if (causes.Any(cause => cause is AuthenticationFailureException or PossibleAuthenticationFailureException))
            return $"RabbitMQ at {address} rejected the bridge's user name or password, or the user has no access "
                + "to the virtual host. Set the correct ones: headrace bridges add --password or --password-file.";
        return causes.OfType<AuthenticationException>().FirstOrDefault() is { } tls
            ? $"The TLS connection to RabbitMQ at {address} failed: {tls.Message.TrimEnd('.')}. Check the certificate, "
                + "and whether this port uses TLS."
            : $"RabbitMQ at {address} cannot be reached: {causes[^1].Message.TrimEnd('.')}. Check the address, and "
                + "whether RabbitMQ is running.";
    }

    /// <summary>
    /// Returns the exception and its causes, innermost last. If there are several hosts, includes the failure of each
    /// one.
    /// </summary>
    private static IEnumerable<Exception> CausesOf(Exception failure) =>
        failure is AggregateException several
            ? several.InnerExceptions.SelectMany(CausesOf)
            : [failure, .. failure.InnerException is { } inner ? CausesOf(inner) : []];
}
