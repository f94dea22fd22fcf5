using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Headrace.Bench.Speed;

/// <summary>The accounts that a measurement adds to a server: one user and 1,000 API keys.</summary>
/// <param name="Key">One of the API keys.</param>
/// <param name="Token">The token of one of the user's logins.</param>
internal sealed record BenchAccounts(string Key, string Token)
{
    private const int Keys = 1_000;
    private const string Password = "only for a measurement";

    public static async Task<BenchAccounts> AddAsync(string url, string admin, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", admin);
        var key = "";
        for (var i = 0; i < Keys; i++)
            key = await PostAsync("/v1/keys", $$"""{"name":"bench-{{i}}","roles":["submitter"]}""", "key");
        await PostAsync("/v1/users", $$"""{"name":"bench","password":"{{Password}}","roles":["submitter"]}""", "name");
        var token = await PostAsync("/v1/login", $$"""{"user":"bench","password":"{{Password}}"}""", "token");
        return new BenchAccounts(key, token);

        async Task<string> PostAsync(string path, string json, string member)
        {
            using var content = new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(path, content, stop);
            response.EnsureSuccessStatusCode();
            return JsonElement.Parse(await response.Content.ReadAsStringAsync(stop)).GetProperty(member).GetString()!;
        }
    }

    /// <summary>Omits the secrets, which the ToString method generated for a record would include.</summary>
    public override string ToString() => nameof(BenchAccounts);
}
