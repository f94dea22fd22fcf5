using System.Reflection;
using System.Text;
using Headrace.Protocol.Json;
using Headrace.Server.Intake;
using Headrace.Server.Jobs;
using Xunit;

namespace Headrace.Tests.Server.Jobs;

/// <summary>Every request that the API reads as JSON, with a wrong value in each of its members.</summary>
public sealed class JsonBodyTests
{
    private static readonly string[] WrongValues =
    [
        "7",
        "1.5",
        "1e99",
        "true",
        "\"x\"",
        "[]",
        "[7]",
        "[{}]",
        "{}",
        """{"x":7}""",
        """{"x":{"y":[]}}""",
    ];

    public static TheoryData<string> Requests =>
        [
            .. typeof(SubmitRequest)
                .Assembly.GetTypes()
                .Where(type => type.Namespace == typeof(SubmitRequest).Namespace)
                .Where(type => type.Name.EndsWith("Request", StringComparison.Ordinal))
                .Select(type => type.FullName!),
        ];

    [Theory]
    [MemberData(nameof(Requests))]
    public void An_error_uses_no_words_of_the_framework(string request)
    {
        var type = typeof(SubmitRequest).Assembly.GetType(request, throwOnError: true)!;
        var members = HeadraceJson.Default.GetTypeInfo(type)!.Properties.Where(each => !each.IsExtensionData).ToList();
        var errors = members
            .SelectMany(_ => WrongValues, (member, value) => Error(type, $$"""{"{{member.Name}}":{{value}}}"""))
            .Concat(WrongValues.Select(value => Error(type, value)))
            .OfType<string>()
            .ToList();

        Assert.NotEmpty(errors);
        string[] words = ["System.", "Headrace.", ".NET", "`", "JsonException", "deserializ"];
        foreach (var error in errors)
            Assert.DoesNotContain(words, word => error.Contains(word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        """{"deliveries":"x"}""",
        "The JSON is not valid at line 1, byte 18 ($.deliveries): it must be an array of strings."
    )]
    [InlineData(
        """{"deliveries":[7]}""",
        "The JSON is not valid at line 1, byte 17 ($.deliveries[0]): it must be a string."
    )]
    [InlineData("""{"delivery":[]}""", "There is no member 'delivery'. Valid members: deliveries.")]
    [InlineData("""{"it's a":[]}""", "There is no member 'it's a'. Valid members: deliveries.")]
    [InlineData("7", "The JSON is not valid at line 1, byte 2: it must be an object.")]
    [InlineData("null", "The JSON is null. Send an object.")]
    public void An_error_states_what_is_valid(string json, string error) =>
        Assert.Equal(error, Error(typeof(SettleRequest), json));

    private static string? Error(Type type, string json)
    {
        var utf8 = Encoding.UTF8.GetBytes(json);
        if (type == typeof(SubmitRequest))
            return JobRequestReader.ReadAny(utf8).TryGet(out _, out var fault) ? null : fault.Detail;
        var read = typeof(JsonBodyTests).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)!;
        return (string?)read.MakeGenericMethod(type).Invoke(null, [utf8]);
    }

    private static string? Read<T>(byte[] utf8)
        where T : class => JsonBody.Read<T>(utf8).TryGet(out _, out var problem) ? null : problem.Detail;
}
