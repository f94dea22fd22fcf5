using System.Security.Authentication;
using RabbitMQ.Client.Exceptions;

namespace Headrace.Bridges.RabbitMq;

/// <summary>Explains failures of RabbitMQ: what failed, and what to do.</summary>
internal static class RabbitMqFailures
{
    /// <summary>Returns the explanation; null if the exception is not a failure of RabbitMQ.</summary>
    public static string? Explain(Exception failure, BrokerAddress address) =>
        failure switch
        {
            BrokerUnreachableException unreachable => ExplainUnreachable(unreachable, address),
            OperationInterruptedException { ShutdownReason: { } reason } =>
                $"RabbitMQ at {address} ended the channel or connection: {reason.ReplyText.TrimEnd('.')}. Check that the "
                    + "queue or exchange exists, and that the user may use it.",
            PublishException { IsReturn: true } =>
                $"RabbitMQ at {address} could not deliver a result to a queue. Check that the queue exists, or that a "
                    + "queue is bound to the exchange.",
            PublishException => $"RabbitMQ at {address} did not accept a result. Its log states the cause.",
            AlreadyClosedException => $"The connection to RabbitMQ at {address} was closed.",
            TimeoutException or OperationCanceledException { InnerException: TimeoutException } =>
                $"RabbitMQ at {address} did not reply in time. It is overloaded, has no memory or disk left, or the "
                    + "network is interrupted.",
            RabbitMQClientException other => $"RabbitMQ at {address} failed: {other.Message.TrimEnd('.')}.",
            ObjectDisposedException => $"The connection to RabbitMQ at {address} was closed.",
            IOException lost => $"The connection to RabbitMQ at {address} was lost: {lost.Message.TrimEnd('.')}.",
            _ => null,
        };

    private static string ExplainUnreachable(BrokerUnreachableException failure, BrokerAddress address)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
            switch (cause)
            {
                case AggregateException { InnerExceptions: [.., var last] }:
                    cause = new InvalidOperationException("", last);
                    break;
                case AuthenticationFailureException or PossibleAuthenticationFailureException:
                    return $"RabbitMQ at {address} rejected the user or the password of the bridge, or the user has no "
                        + "access to the virtual host. Set the right ones: headrace bridges add --password.";
                case AuthenticationException tls:
                    return $"The TLS connection to RabbitMQ at {address} failed: {tls.Message.TrimEnd('.')}. Check the "
                        + "certificate, and whether this port uses TLS.";
            }
        return $"RabbitMQ at {address} cannot be reached: {Innermost(failure).Message.TrimEnd('.')}. Check the address, "
            + "and whether RabbitMQ is running.";
    }

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure;
    }
}
