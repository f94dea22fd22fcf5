using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Headrace.Protocol.Local;
using Headrace.Tests.Worker.Exchange;
using Xunit;
using Wire = Headrace.Protocol.Wire;

namespace Headrace.Tests.Cli;

/// <summary>Tests how a worker process reaches a server on another machine: with TLS and through a proxy.</summary>
[Trait("Needs", "Servers")]
public sealed class RemoteWorkerTests
{
    private static readonly byte[] Refusal = Http(
        new Wire.ExchangeReply
        {
            ExchangeNumber = 1,
            Store = "s",
            Terminate = "no more workers.",
        }
    );

    [Fact]
    public async Task A_worker_joins_over_TLS()
    {
        using var home = new TemporaryFolder();
        using var certificate = Certificate();
        await using var server = new RawServer(Refusal, certificate);

        var ended = await RunAsync(
            home,
            ("HEADRACE_SERVER", server.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)),
            ("HEADRACE_KEY", "k"),
            ("SSL_CERT_FILE", home.Write("ca.pem", certificate.ExportCertificatePem()))
        );

        Assert.Contains("rejected this worker: no more workers.", ended.Error, StringComparison.Ordinal);
        Assert.Equal(WorkerProcess.Refused, ended.Code);
        Assert.Contains("Authorization: Bearer k\r\n", server.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_sends_nothing_to_a_server_whose_certificate_it_does_not_trust()
    {
        using var home = new TemporaryFolder();
        using var certificate = Certificate();
        await using var server = new RawServer(Refusal, certificate);

        var ended = await RunAsync(
            home,
            ("HEADRACE_SERVER", server.Url),
            ("HEADRACE_KEY", "k"),
            ("HEADRACE_ORPHAN_GRACE", "1s")
        );

        Assert.Contains("the TLS handshake failed", ended.Error, StringComparison.Ordinal);
        Assert.Equal(WorkerProcess.Unusable, ended.Code);
        Assert.Equal("", server.Head);
    }

    [Fact]
    public async Task A_worker_reaches_a_server_on_another_machine_through_the_proxy_of_the_environment()
    {
        using var home = new TemporaryFolder();
        await using var proxy = new RawServer(Refusal);
        var address = new UriBuilder(proxy.Url) { UserName = "me", Password = "secret" }
            .Uri
            .AbsoluteUri;

        var ended = await RunAsync(
            home,
            ("HEADRACE_SERVER", "http://headrace.invalid/prefix"),
            ("HEADRACE_KEY", "k"),
            ("http_proxy", address)
        );

        Assert.Equal(WorkerProcess.Refused, ended.Code);
        Assert.StartsWith("POST http://headrace.invalid/prefix/v1/workers/", proxy.Head, StringComparison.Ordinal);
        Assert.Contains("\r\nHost: headrace.invalid\r\n", proxy.Head, StringComparison.Ordinal);
        Assert.Contains(
            $"\r\nProxy-Authorization: Basic {Convert.ToBase64String("me:secret"u8)}\r\n",
            proxy.Head,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_proxy_that_opens_no_tunnel_is_named_and_receives_no_key()
    {
        using var home = new TemporaryFolder();
        await using var proxy = new RawServer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"u8.ToArray());

        var ended = await RunAsync(
            home,
            ("HEADRACE_SERVER", "https://headrace.invalid"),
            ("HEADRACE_KEY", "k"),
            ("https_proxy", proxy.Url),
            ("HEADRACE_ORPHAN_GRACE", "1s")
        );

        Assert.Contains(
            $"The proxy {new Uri(proxy.Url).Authority} replied 'HTTP/1.1 403 Forbidden' to "
                + "CONNECT headrace.invalid:443",
            ended.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(WorkerProcess.Unusable, ended.Code);
        Assert.StartsWith("CONNECT headrace.invalid:443 HTTP/1.1\r\n", proxy.Head, StringComparison.Ordinal);
        Assert.DoesNotContain("Bearer", proxy.Head, StringComparison.Ordinal);
    }

    private static async Task<CliProcess> RunAsync(TemporaryFolder home, params (string, string)[] environment)
    {
        using var worker = CliProcess.StartTestWorker(home.Path, environment);
        return await CliProcess.EndAsync(worker, "the worker");
    }

    /// <summary>Creates a self-signed certificate for this machine.</summary>
    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static byte[] Http(Wire.ExchangeReply reply)
    {
        var body = reply.ToByteArray();
        return
        [
            .. Encoding.ASCII.GetBytes(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                    + $"Content-Length: {body.Length}\r\nConnection: close\r\n\r\n"
            ),
            .. body,
        ];
    }
}
