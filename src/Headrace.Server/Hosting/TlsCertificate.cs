using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// The server's certificate, which is read from a file. The file is read again when it changes, so a renewed
/// certificate does not require a restart.
/// </summary>
internal sealed partial class TlsCertificate(NetworkOptions options, TimeProvider time, Func<ILogger> logger)
{
    /// <summary>Minimum time between two checks for changes to the file. New connections trigger the checks.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Loaded? _current;
    private long _checkedAt;

    /// <summary>
    /// The certificate with its chain, in the form that connections use, and the modification time of its file.
    /// </summary>
    internal sealed record Loaded(X509Certificate2 Certificate, SslStreamCertificateContext Context, DateTime Written)
    {
        public static Loaded Of(X509Certificate2 certificate, X509Certificate2Collection chain, DateTime written) =>
            new(certificate, SslStreamCertificateContext.Create(certificate, chain, offline: true), written);
    }

    /// <summary>
    /// Reads the file for the first time. Throws <see cref="StartRefusedException"/> if it cannot be used.
    /// </summary>
    public Loaded Load()
    {
        try
        {
            return _current = Read();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                ServerExit.Usage,
                $"The certificate {options.Certificate} cannot be used: {fault.Message} Use a PEM file with the "
                    + "certificate and its chain, with the private key in it or in --certificate-key, or a PKCS #12 "
                    + "file (.pfx) without a password."
            );
        }
    }

    /// <summary>Returns the certificate for a new connection.</summary>
    public Loaded Current()
    {
        lock (_lock)
        {
            var current = _current ?? Load();
            if (_checkedAt != 0 && time.GetElapsedTime(_checkedAt) < Period)
                return current;
            _checkedAt = time.GetTimestamp();
            try
            {
                if (File.GetLastWriteTimeUtc(options.Certificate!) == current.Written)
                    return current;
                _current = Read();
                Renewed(logger(), _current.Certificate.Subject, _current.Certificate.NotAfter);
                return _current;
            }
            catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
            {
                // Reading may have failed because another program is still writing the file. The previous certificate
                // remains in use until the file can be read.
                NotRenewed(logger(), options.Certificate!, fault.Message);
                return current;
            }
        }
    }

    /// <summary>The host names and addresses for which the certificate is valid.</summary>
    public static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        foreach (var names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in names.EnumerateDnsNames())
                yield return name;
            foreach (var address in names.EnumerateIPAddresses())
                yield return address.ToString();
        }
    }

    private Loaded Read()
    {
        var path = options.Certificate!;
        var written = File.GetLastWriteTimeUtc(path);
        if (path.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase))
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(path, password: null);
            var own =
                all.FirstOrDefault(one => one.HasPrivateKey)
                ?? throw new CryptographicException("It contains no private key.");
            all.Remove(own);
            return Loaded.Of(own, all, written);
        }
        var certificate = X509Certificate2.CreateFromPemFile(path, options.CertificateKey ?? path);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        chain.RemoveAt(0);
        return Loaded.Of(certificate, chain, written);
    }

    [LoggerMessage(LogLevel.Information, "Read the certificate of {Subject} again; it is valid until {NotAfter}")]
    private static partial void Renewed(ILogger logger, string subject, DateTime notAfter);

    [LoggerMessage(LogLevel.Warning, "The changed certificate {Path} cannot be read: {Why}")]
    private static partial void NotRenewed(ILogger logger, string path, string why);
}
