using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Headrace.Server.Hosting;

/// <summary>
/// A self-signed certificate in the data folder, for testing TLS without a certificate authority. It contains the names
/// and addresses of this machine. The server creates the certificate once, so that clients can be configured to trust
/// it, and replaces it shortly before it expires.
/// </summary>
internal static class DevCertificate
{
    private const string CertificateFile = "dev-certificate.crt";
    private const string KeyFile = "dev-certificate.key";

    /// <summary>Browsers and operating systems accept server certificates for at most about 400 days.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    /// <summary>Returns options that specify the certificate files. Creates the files if they do not exist.</summary>
    public static NetworkOptions Apply(NetworkOptions options, string data, DateTimeOffset now)
    {
        var (certificate, key) = (Path.Combine(data, CertificateFile), Path.Combine(data, KeyFile));
        if (!IsUsable(certificate, key, now))
            Create(certificate, key, now);
        return options with { Certificate = certificate, CertificateKey = key };
    }

    private static bool IsUsable(string certificate, string key, DateTimeOffset now)
    {
        if (!File.Exists(certificate) || !File.Exists(key))
            return false;
        using var existing = X509CertificateLoader.LoadCertificateFromFile(certificate);
        return existing.NotAfter.ToUniversalTime() - now.UtcDateTime > RenewBefore;
    }

    private static void Create(string certificate, string key, DateTimeOffset now)
    {
        using var secret = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            $"CN=Headrace development certificate of {Environment.MachineName}",
            secret,
            HashAlgorithmName.SHA256
        );
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (Uri.CheckHostName(Environment.MachineName) == UriHostNameType.Dns && Environment.MachineName != "localhost")
            names.AddDnsName(Environment.MachineName);
        foreach (var address in Addresses())
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "server authentication")], false)
        );
        // The validity period starts in the past, because the clocks of clients may be slow.
        using var signed = request.CreateSelfSigned(now.AddDays(-1), now + Lifetime);
        Write(key, secret.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Write(
            certificate,
            signed.ExportCertificatePem(),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
        );
    }

    private static IEnumerable<IPAddress> Addresses() =>
        NetworkInterface
            .GetAllNetworkInterfaces()
            .SelectMany(card => card.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address)
            .Where(address => !address.IsIPv6LinkLocal)
            .Append(IPAddress.Loopback)
            .Append(IPAddress.IPv6Loopback)
            .Distinct();

    private static void Write(string path, string pem, UnixFileMode mode)
    {
        File.Delete(path);
        using var file = new StreamWriter(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
            }
        );
        file.WriteLine(pem);
    }
}
