using System.Net.Sockets;
using System.Text.Json;
using Headrace.Protocol.Exchange;
using Headrace.Protocol.Json;
using Headrace.Protocol.Local;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>Converts HTTP replies, or the reasons why none was received, to answers for the state machine.</summary>
internal sealed class ExchangeReplies(ServerEndpoint endpoint)
{
    private const string ProblemType = "application/problem+json";

    public ExchangeAnswer Read(HttpReply reply) => Read(reply, static body => ExchangeReply.Read(body));

    /// <summary>Reads the reply to a submission of children.</summary>
    public ExchangeAnswer ReadChildren(HttpReply reply) => Read(reply, static body => SubmitReply.Read(body));

    private ExchangeAnswer Read(HttpReply reply, Func<byte[], ExchangeAnswer> read)
    {
        if (reply.Status != 200)
            return Refusal(reply);
        if (reply.MediaType != HttpExchangeTransport.Protobuf)
            return NotHeadrace("its reply is not in Protobuf format");
        try
        {
            return read(reply.Body);
        }
        catch (WireFormatException)
        {
            return NotHeadrace("its reply cannot be parsed");
        }
    }

    public NoReply NotConnected(Exception broken) =>
        Unreachable(
            broken
                is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable }
                ? "nothing is listening at that address"
                : broken.Message.TrimEnd('.')
        );

    public NoReply Unreachable(string why) =>
        new(
            $"Cannot connect to a server at {endpoint}: {why}. Start one with `headrace up`, or set "
                + "HEADRACE_SERVER to its address."
        );

    public NoReply Lost(string why) => new($"The connection to {endpoint} was lost: {why}");

    public NoReply NotHeadrace(string why) =>
        new(
            $"The server at {endpoint} is not a Headrace server: {why}. Set HEADRACE_SERVER to the address "
                + "of a Headrace server.",
            IsPermanent: true
        );

    private NoReply Refusal(HttpReply reply)
    {
        var detail = Detail(reply) ?? $"it replied {reply.Status}.";
        return reply.Status switch
        {
            401 or 403 => new NoReply(
                $"The server at {endpoint} rejected this worker's key: {detail} Set HEADRACE_KEY to a valid "
                    + "key of that server.",
                IsPermanent: true
            ),
            < 400 => NotHeadrace($"it replied {reply.Status} to the exchange"),
            404 or 405 when reply.MediaType != ProblemType => NotHeadrace($"it replied {reply.Status} to the exchange"),
            // The server is overloaded, starting or stopping: it is reachable and can accept the message later.
            408 or 429 or >= 500 => new NoReply(
                $"The server at {endpoint} is temporarily unavailable: {detail}",
                ServerReachable: true
            ),
            _ => new NoReply($"The server at {endpoint} rejected this worker: {detail}", IsPermanent: true),
        };
    }

    private static string? Detail(HttpReply reply)
    {
        if (reply.MediaType != ProblemType)
            return null;
        try
        {
            return JsonSerializer.Deserialize(reply.Body, HeadraceJson.Default.ProblemReply)?.Detail;
        }
        catch (JsonException)
        {
            // The body is truncated or comes from another server, so only the status is usable.
            return null;
        }
    }
}
