using System.Net;

namespace Headrace.Server.Hosting;

/// <summary>
/// Specifies how the server listens in addition to the loopback port and the Unix socket. Connections from other
/// machines use TLS, because requests carry keys.
/// </summary>
public sealed record NetworkOptions
{
    /// <summary>The expected format of an address, for error messages.</summary>
    public const string Shape = "an IP address and a port, such as 0.0.0.0:8443, or *:8443 for all addresses";

    /// <summary>
    /// The address and port, such as <c>0.0.0.0:8443</c>; null to listen on the loopback interface only.
    /// </summary>
    public string? Listen { get; init; }

    /// <summary>
    /// The path of the certificate file: PEM with the certificate chain, or PKCS #12 (<c>.pfx</c>), which also contains
    /// the key. The server reads the file again when it changes.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>The path of the certificate's private key in PEM; null if the certificate file contains it.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>
    /// Whether the server creates its own certificate. Clients must be configured to trust it, so it is intended for
    /// tests.
    /// </summary>
    public bool DevCertificate { get; init; }

    /// <summary>
    /// Whether the server listens without TLS. Anyone on the network can then read the keys and jobs, unless a proxy or
    /// a private network encrypts the connection.
    /// </summary>
    public bool Insecure { get; init; }

    /// <summary>The address and port to listen on; null if none is configured or the text is not valid.</summary>
    internal IPEndPoint? EndPoint =>
        Listen is null ? null
        : Listen.StartsWith("*:", StringComparison.Ordinal)
            ? ushort.TryParse(Listen.AsSpan(2), out var port) ? new IPEndPoint(IPAddress.IPv6Any, port)
                : null
        // If the colon is missing, the framework parses the text as an address with port 0.
        : Listen.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(Listen, out var endpoint) ? endpoint
        : null;

    internal bool UsesTls => Certificate is not null || DevCertificate;

    /// <summary>Adds a message for each error in the options.</summary>
    internal void Validate(List<string> faults)
    {
        if (Listen is null)
        {
            if (UsesTls || CertificateKey is not null || Insecure)
                faults.Add(
                    "--listen is not set, although a certificate or --insecure is set. Set --listen, or omit these "
                        + "options."
                );
            return;
        }
        if (EndPoint is not { } endpoint)
        {
            faults.Add($"The address to listen on is '{Listen}', which is not valid. Use {Shape}.");
            return;
        }
        if (Certificate is not null && DevCertificate)
            faults.Add("Both --certificate and --dev-certificate are set. Use only one of them.");
        if (CertificateKey is not null && Certificate is null)
            faults.Add("A private key is set, but no certificate. Set --certificate as well.");
        if (UsesTls && Insecure)
            faults.Add("Both a certificate and --insecure are set. Use only one of them.");
        if (!UsesTls && !Insecure && !IPAddress.IsLoopback(endpoint.Address))
            faults.Add(
                $"The server would listen on {Listen} without TLS, so anybody on the network could read keys and jobs. "
                    + "Set --certificate FILE, or --dev-certificate for a test, or --insecure if a proxy or a private "
                    + "network encrypts the connections."
            );
    }
}
