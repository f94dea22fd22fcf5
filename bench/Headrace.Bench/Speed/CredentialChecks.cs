using System.Globalization;
using Headrace.Server.Hosting;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Bench.Speed;

/// <summary>
/// Measures how long each kind of credential takes to check by itself, without HTTP, using servers that run in this
/// process.
/// </summary>
/// <param name="Known">The time of the check for each credential that the server has seen before, in µs.</param>
/// <param name="First">
/// The time for the first request with a token, in µs, which includes the verification of its signature.
/// </param>
internal sealed record CredentialChecks(
    IReadOnlyDictionary<string, double> Known,
    IReadOnlyDictionary<TokenAlgorithm, double> First
)
{
    public const string AdminKey = "admin key";
    public const string ApiKey = "API key";
    public const string Token = "token of a login";


    private const int Checks = 200_000;
    private const int FirstChecks = 500;

    public string Describe =>
        $"The check alone takes, in µs: {Times(Known)}. The first request with a token also verifies its signature, "
        + $"and takes: {Times(First)}.";

    public static async Task<CredentialChecks> MeasureAsync(CancellationToken stop)
    {
        var known = new Dictionary<string, double>();
        var first = new Dictionary<TokenAlgorithm, double>();
        foreach (var algorithm in Enum.GetValues<TokenAlgorithm>())
        {
            var folder = Directory.CreateTempSubdirectory("headrace-bench-");
            try
            {
                await using var server = await HeadraceServer.StartAsync(
                    new ServerOptions
                    {
                        Data = folder.FullName,
                        Port = 0,
                        Workers = 0,
                        Store = StoreKind.Memory,
                        TokenAlgorithm = algorithm,
                    },
                    new ServerDependencies { WritesRunningServer = false },
                    stop
                );
                var accounts = await BenchAccounts.AddAsync(server.Ready.Url, server.Ready.Key!, stop);
                var authenticator = server.Services.GetRequiredService<Authenticator>();
                if (algorithm == TokenAlgorithm.HS256)
                    foreach (
                        var (name, credential) in ((string, string)[])
                            [(AdminKey, server.Ready.Key!), (ApiKey, accounts.Key), (Token, accounts.Token)]
                    )
                    {
                        await authenticator.VerifyAsync(Request(credential));
                        known.Add(name, MicrosOf(authenticator, Request(credential)));
                    }
                var issuer = server.Services.GetRequiredService<LoginTokens>();
                first.Add(algorithm, await FirstMicrosAsync(authenticator, issuer, stop));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        return new CredentialChecks(known, first);
    }

    private static double MicrosOf(Authenticator authenticator, HttpRequest request)
    {
        for (var warmUp = 0; warmUp < 2; warmUp++)
            Run();
        var began = TimeProvider.System.GetTimestamp();
        Run();
        return TimeProvider.System.GetElapsedTime(began).TotalMicroseconds / Checks;

        void Run()
        {
            for (var i = 0; i < Checks; i++)
                if (authenticator.Check(request).Caller is null)
                    throw new InvalidOperationException("The credential was rejected.");
        }
    }

    /// <summary>
    /// Verifies tokens that the server has not seen before. The server rejects these tokens, because their logins do
    /// not exist. This is the last check that it performs.
    /// </summary>
    private static async Task<double> FirstMicrosAsync(
        Authenticator authenticator,
        LoginTokens issuer,
        CancellationToken stop
    )
    {
        var requests = new List<HttpRequest>();
        for (var i = 0; i < 2 * FirstChecks; i++)
            requests.Add(
                Request((await issuer.IssueAsync("bench", i.ToString(CultureInfo.InvariantCulture), stop)).Token)
            );
        foreach (var request in requests.Take(FirstChecks))
            await authenticator.VerifyAsync(request);
        var began = TimeProvider.System.GetTimestamp();
        foreach (var request in requests.Skip(FirstChecks))
            await authenticator.VerifyAsync(request);
        return TimeProvider.System.GetElapsedTime(began).TotalMicroseconds / FirstChecks;
    }

    private static HttpRequest Request(string credential)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Bearer {credential}";
        return context.Request;
    }

    private static string Times<T>(IReadOnlyDictionary<T, double> times) =>
        string.Join(
            ", ",
            times.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value:0.0}"))
        );
}
