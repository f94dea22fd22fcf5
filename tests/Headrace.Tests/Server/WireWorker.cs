using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Headrace.Protocol.Wire;
using Xunit;

namespace Headrace.Tests.Server;

/// <summary>A simulated worker that sends exactly the messages that the test specifies, in Protobuf or JSON.</summary>
internal sealed class WireWorker(HttpClient client, string name, ulong incarnation, ulong after = 0)
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";
    public const string EchoSchema = """{"type":"object"}""";

    private ulong _number = after;

    public string Format { get; set; } = Protobuf;

    public string Pool { get; set; } = "elsewhere";

    public string Path => $"/v1/workers/{name}/exchange";

    /// <summary>Creates the next message of this worker. The test can change the message before it is sent.</summary>
    public ExchangeRequest Next(double waitSeconds = 0, uint slots = 1, uint prefetch = 0)
    {
        var request = new ExchangeRequest
        {
            Worker = name,
            Incarnation = incarnation,
            Pool = Pool,
            ExchangeNumber = ++_number,
            Wait = Duration.FromTimeSpan(TimeSpan.FromSeconds(waitSeconds)),
            Slots = slots,
            Prefetch = prefetch,
        };
        request.Offers.Add(
            new Offer
            {
                Method = "echo",
                Version = 1,
                Schema = EchoSchema,
            }
        );
        return request;
    }

    /// <summary>Creates a report, which contains outcomes sent outside the exchange.</summary>
    public ExchangeRequest Report(params ReadOnlySpan<Outcome> outcomes)
    {
        var request = new ExchangeRequest { Worker = name, Incarnation = incarnation };
        foreach (var outcome in outcomes)
            request.Outcomes.Add(outcome);
        return request;
    }

    public static Outcome Succeeded(Lease lease, string result) =>
        new()
        {
            Job = lease.Job,
            Attempt = lease.Attempt,
            Kind = Outcome.Types.Kind.Succeeded,
            Result = ByteString.CopyFromUtf8(result),
            ContentType = "text/plain",
        };

    public Task<ExchangeReply> SendAsync(ExchangeRequest request) =>
        SendUntilAsync(request, TestContext.Current.CancellationToken);

    /// <summary>Sends a message, and closes the connection when it is cancelled.</summary>
    public async Task<ExchangeReply> SendUntilAsync(ExchangeRequest request, CancellationToken hangUp)
    {
        using var response = await PostAsync(Encode(request), Format, hangUp);
        var bytes = await response.Content.ReadAsByteArrayAsync(hangUp);
        Assert.True(
            response.StatusCode == HttpStatusCode.OK,
            $"{response.StatusCode}: {Encoding.UTF8.GetString(bytes)}"
        );
        Assert.Equal(Format, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(bytes.Length, response.Content.Headers.ContentLength);
        return Format == Protobuf
            ? ExchangeReply.Parser.ParseFrom(bytes)
            : ExchangeReply.Parser.ParseJson(Encoding.UTF8.GetString(bytes));
    }

    public Task<HttpResponseMessage> PostAsync(ExchangeRequest request) =>
        PostAsync(Encode(request), Format, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(byte[] body, string? contentType, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return client.PostAsync(Path, content, cancellationToken);
    }

    private byte[] Encode(ExchangeRequest request) =>
        Format == Protobuf ? request.ToByteArray() : Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(request));
}
