using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headrace.Tests.Cli;

namespace Headrace.Tests.Bridges;

/// <summary>A self-signed certificate for 127.0.0.1, stored as files in a temporary folder.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        CertificateFile = _folder.Write("certificate.pem", certificate.ExportCertificatePem());
        KeyFile = _folder.Write("key.pem", key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Returns the certificate with its private key.</summary>
    public X509Certificate2 Load() => X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile);

    public string CertificateFile { get; }

    public string KeyFile { get; }

    public void Dispose() => _folder.Dispose();
}
