using System.Net;
using Headrace.Tests.Server.Accounts;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class KeyInAddressTests(AccountScene scene) : IClassFixture<AccountScene>
{
    /// <summary>43 characters of base64url whose unused bits are zero, as in every secret.</summary>
    private static readonly string Secret = new string('x', 42) + 'A';

    public static TheoryData<string> Queries =>
        [
            $"key=hr_{Secret}",
            $"q=hrk_nightly_{Secret}",
            $"a=1&b=hrr_0123456789abcdef_{Secret}",
            $"worker=hrw_a~w1~00000000000000ff~{Secret}",
            "token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
            "access_token=anything",
            $"hr_{Secret}",
            $"x=%68r%5F{Secret}",
            $"x=Bearer%20hr_{Secret}",
            $"x=%20hr_{Secret}",
            $"q=text:\"hrk_nightly_{Secret}\"",
            $"q=text:%22hrk_nightly_{Secret}%22%20state:failed",
            $"x=%2568r%255F{Secret}",
            $"x=[eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl]",
        ];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_key_in_the_query_is_rejected_on_every_route_and_not_repeated(string query)
    {
        foreach (var client in new[] { scene.Http, scene.Server.Client("") })
            foreach (var path in (string[])["/v1/jobs", "/healthz", "/v1/login", "/session", "/nosuch"])
            {
                using var response = await client.GetAsync($"{path}?{query}", TestContext.Current.CancellationToken);
                var text = await FrontScene.TextAsync(response);

                Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{path}: {text}");
                Assert.Contains("so the key is no longer secret: replace it.", text, StringComparison.Ordinal);
                Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            }
    }

    [Theory]
    [InlineData("/v1/jobs/hr_KEY")]
    [InlineData("/v1/users/hrk_a_b_KEY/password")]
    [InlineData("/hrr_0123456789abcdef_KEY")]
    [InlineData("/v1/workers/hrw_a~w1~00000000000000ff~KEY/log")]
    [InlineData("/v1/feeds/%68r_KEY:pull")]
    [InlineData("/v1/jobs/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlc2lnbmF0dXJl")]
    public async Task A_key_in_the_path_is_rejected_and_not_repeated(string path)
    {
        foreach (var client in new[] { scene.Http, scene.Server.Client("") })
        {
            using var response = await client.GetAsync(
                path.Replace("KEY", Secret, StringComparison.Ordinal),
                TestContext.Current.CancellationToken
            );
            var text = await FrontScene.TextAsync(response);

            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
            Assert.Contains("The path contains a key.", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/v1/jobs?q=state:failed")]
    [InlineData("/v1/jobs?q=owner:hr_short")]
    [InlineData("/v1/results?queue=hr_eu")]
    [InlineData("/v1/jobs?q=text:%22keys%20hr_%20hrk_%20hrr_%20and%20tokens%20eyJ%20begin%20alike%22")]
    public async Task Other_values_that_resemble_keys_are_not_rejected(string path) =>
        Assert.Equal(HttpStatusCode.OK, await AccountScene.StatusAsync(scene.Http, path));
}
