using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class NetworkListenerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_trusts_the_development_certificate_connects_over_TLS()
    {
        await using var scene = await TlsAsync();
        using var trusting = Client(scene, trusts: true);
        using var other = Client(scene, trusts: false);

        using var response = await trusting.GetAsync("/v1/jobs", Stop);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => other.GetAsync("/v1/jobs", Stop));
    }

    [Fact]
    public async Task The_names_of_the_certificate_and_no_other_are_accepted_as_the_host()
    {
        await using var scene = await TlsAsync();
        using var client = Client(scene, trusts: null);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "localhost"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "127.0.0.1:8443"));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await StatusAsync(client, "evil.example"));
    }

    [Fact]
    public async Task The_development_certificate_is_created_once_and_its_key_is_secret()
    {
        using var folder = new ThrowAwayFolder();
        var now = TimeProvider.System.GetUtcNow();
        var options = new NetworkOptions { Listen = "127.0.0.1:0", DevCertificate = true };

        var first = DevCertificate.Apply(options, folder.Path, now);
        var pem = await File.ReadAllTextAsync(first.Certificate!, Stop);
        DevCertificate.Apply(options, folder.Path, now);
        var again = await File.ReadAllTextAsync(first.Certificate!, Stop);
        DevCertificate.Apply(options, folder.Path, now.AddDays(340));
        var renewed = await File.ReadAllTextAsync(first.Certificate!, Stop);

        Assert.Equal(pem, again);
        Assert.NotEqual(pem, renewed);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first.CertificateKey!));
    }

    [Fact]
    public async Task A_changed_certificate_is_used_without_a_restart()
    {
        using var folder = new ThrowAwayFolder();
        var now = TimeProvider.System.GetUtcNow();
        var options = DevCertificate.Apply(
            new NetworkOptions { Listen = "127.0.0.1:0", DevCertificate = true },
            folder.Path,
            now
        );
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var certificate = new TlsCertificate(
            options,
            time,
            () => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
        );
        var first = certificate.Current().Certificate.Thumbprint;

        DevCertificate.Apply(options, folder.Path, now.AddDays(340));
        File.SetLastWriteTimeUtc(options.Certificate!, now.UtcDateTime.AddMinutes(1));
        var tooEarly = certificate.Current().Certificate.Thumbprint;
        time.Advance(TimeSpan.FromSeconds(10));
        var second = certificate.Current().Certificate.Thumbprint;
        await File.WriteAllTextAsync(options.Certificate!, "half a file", Stop);
        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(first, tooEarly);
        Assert.NotEqual(first, second);
        Assert.Equal(second, certificate.Current().Certificate.Thumbprint);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_prevents_the_start_with_the_remedy()
    {
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() =>
            ServerScene.StartAsync(options =>
                options with
                {
                    Network = new NetworkOptions { Listen = "127.0.0.1:0", Certificate = "/nosuch.pem" },
                }
            )
        );

        Assert.StartsWith("The certificate /nosuch.pem cannot be used:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Use a PEM file", refused.Message, StringComparison.Ordinal);
    }

    private static Task<ServerScene> TlsAsync() =>
        ServerScene.StartAsync(options =>
            options with
            {
                Network = new NetworkOptions { Listen = "127.0.0.1:0", DevCertificate = true },
            }
        );

    /// <summary>
    /// Creates a client that trusts the server's certificate if <paramref name="trusts"/> is true. If the argument is
    /// null, the client does not check certificates, so it can send any Host header.
    /// </summary>
    private static HttpClient Client(ServerScene scene, bool? trusts)
    {
        var handler = new SocketsHttpHandler();
        if (trusts is null)
#pragma warning disable CA5359 // The test sends Host headers that the certificate does not name.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (trusts.Value)
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore =
                    {
                        X509CertificateLoader.LoadCertificateFromFile(
                            Path.Combine(scene.Server.Ready.Data, "dev-certificate.crt")
                        ),
                    },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
        return new HttpClient(handler)
        {
            BaseAddress = new Uri(scene.Server.Ready.NetworkUrl!),
            DefaultRequestHeaders = { Authorization = new("Bearer", scene.Key) },
            Timeout = Eventually.Deadline,
        };
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/jobs") { Headers = { Host = host } };
        using var response = await client.SendAsync(request, Stop);
        return response.StatusCode;
    }
}
