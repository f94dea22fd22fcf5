using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Listens on the address specified by <c>--listen</c>, using TLS unless the options disable it.</summary>
internal sealed class NetworkListener
{
    private readonly IPEndPoint _endpoint;
    private readonly TlsCertificate? _certificate;

    private NetworkListener(IPEndPoint endpoint, TlsCertificate? certificate)
    {
        (_endpoint, _certificate) = (endpoint, certificate);
        Names =
        [
            .. NamesOf(endpoint),
            .. certificate is null ? [] : TlsCertificate.NamesOf(certificate.Load().Certificate),
        ];
    }

    /// <summary>The host names and addresses at which clients reach the server through this listener.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// Returns null if the options contain no address. Throws <see cref="StartRefusedException"/> if the certificate
    /// cannot be used.
    /// </summary>
    public static NetworkListener? Of(NetworkOptions options, string data, TimeProvider time, Func<ILogger> logger)
    {
        if (options.EndPoint is not { } endpoint)
            return null;
        if (options.DevCertificate)
            options = DevCertificate.Apply(options, data, time.GetUtcNow());
        return new NetworkListener(
            endpoint,
            options.Certificate is null ? null : new TlsCertificate(options, time, logger)
        );
    }

    public void Listen(KestrelServerOptions kestrel) =>
        kestrel.Listen(
            _endpoint,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (_certificate is not null)
                    listen.UseHttps(
                        new TlsHandshakeCallbackOptions
                        {
                            HandshakeTimeout = RequestLimits.HandshakeTimeout,
                            OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(
                                new SslServerAuthenticationOptions
                                {
                                    ServerCertificateContext = _certificate.Current().Context,
                                }
                            ),
                        }
                    );
            }
        );

    /// <summary>
    /// Returns the names at which clients reach an endpoint. An address that represents all interfaces is replaced by
    /// the name and the addresses of this machine.
    /// </summary>
    private static IEnumerable<string> NamesOf(IPEndPoint endpoint)
    {
        if (!endpoint.Address.Equals(IPAddress.Any) && !endpoint.Address.Equals(IPAddress.IPv6Any))
            return [endpoint.Address.ToString()];
        return
        [
            Environment.MachineName,
            .. NetworkInterface
                .GetAllNetworkInterfaces()
                .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address.ToString()),
        ];
    }
}
