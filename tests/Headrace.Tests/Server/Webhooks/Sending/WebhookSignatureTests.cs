using Headrace.Server.Webhooks.Sending;
using Xunit;

namespace Headrace.Tests.Server.Webhooks.Sending;

public sealed class WebhookSignatureTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    [Fact]
    public void The_signature_is_that_of_the_reference_libraries() =>
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Sign(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                """{"test": 2432232314}"""u8.ToArray(),
                [Secret]
            )
        );

    [Fact]
    public void Each_secret_has_its_own_signature()
    {
        var other = WebhookSignature.CreateSecret();

        var signatures = WebhookSignature.Sign("msg_1", 1, "{}"u8.ToArray(), [other, Secret]);

        Assert.Equal(
            $"{WebhookSignature.Sign("msg_1", 1, "{}"u8.ToArray(), [other])} "
                + WebhookSignature.Sign("msg_1", 1, "{}"u8.ToArray(), [Secret]),
            signatures
        );
    }

    [Fact]
    public void A_secret_has_256_random_bits()
    {
        var secret = WebhookSignature.CreateSecret();

        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(secret[6..]).Length);
        Assert.NotEqual(secret, WebhookSignature.CreateSecret());
    }
}
