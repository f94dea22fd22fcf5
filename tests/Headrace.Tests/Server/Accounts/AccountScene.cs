using System.Net;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Accounts;

/// <summary>
/// A server that uses the memory store, with helper methods that send requests on behalf of its users and keys.
/// </summary>
public class AccountScene : FrontScene
{
    public const string Password = "a long password";

    /// <summary>Creates a key and returns a client that sends it.</summary>
    internal async Task<HttpClient> KeyClientAsync(string name, params string[] roles) =>
        Server.Client((await CreateKeyAsync(new CreateKeyRequest { Name = name, Roles = roles })).Key);

    internal async Task<KeyReply> CreateKeyAsync(CreateKeyRequest request)
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            "/v1/keys",
            Json(JsonSerializer.Serialize(request, HeadraceJson.Default.CreateKeyRequest))
        );
        return await ReadAsync(response, HttpStatusCode.Created, HeadraceJson.Default.KeyReply);
    }

    internal async Task CreateUserAsync(string name, params string[] roles)
    {
        using var response = await SendAsync(
            HttpMethod.Post,
            "/v1/users",
            Json(
                JsonSerializer.Serialize(
                    new CreateUserRequest
                    {
                        Name = name,
                        Password = Password,
                        Roles = roles,
                    },
                    HeadraceJson.Default.CreateUserRequest
                )
            )
        );
        await ReadAsync(response, HttpStatusCode.Created, HeadraceJson.Default.UserReply);
    }

    internal async Task<LoginReply> LogInAsync(string name, string password = Password)
    {
        using var response = await PostLoginAsync(name, password);
        return await ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.LoginReply);
    }

    internal Task<HttpResponseMessage> PostLoginAsync(string name, string password) =>
        Server
            .Client("")
            .PostAsync(
                "/v1/login",
                Json(
                    JsonSerializer.Serialize(
                        new LoginRequest { User = name, Password = password },
                        HeadraceJson.Default.LoginRequest
                    )
                ),
                TestContext.Current.CancellationToken
            );

    /// <summary>Creates a user and returns a client that sends the token of its login.</summary>
    internal async Task<HttpClient> UserClientAsync(string name, params string[] roles)
    {
        await CreateUserAsync(name, roles);
        return Server.Client((await LogInAsync(name)).Token);
    }

    /// <summary>Submits a job with a client and returns its id.</summary>
    internal static async Task<string> SubmitAsync(HttpClient client, string queue = "default", string method = "noop")
    {
        using var response = await client.PostAsync(
            "/v1/jobs",
            Json($$"""{"method":"{{method}}","queue":"{{queue}}"}"""),
            TestContext.Current.CancellationToken
        );
        return (await ReadAsync(response, HttpStatusCode.Accepted, HeadraceJson.Default.SubmittedReply)).Id;
    }

    internal static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    internal static async Task<T> GetAsync<T>(
        HttpClient client,
        string path,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type
    )
    {
        using var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
        var text = await TextAsync(response);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize(text, type)!;
    }
}
