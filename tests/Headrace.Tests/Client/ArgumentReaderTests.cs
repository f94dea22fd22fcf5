using System.Text.Json;
using Headrace.Client;
using Xunit;

namespace Headrace.Tests.Client;

public sealed class ArgumentReaderTests
{
    private static readonly JsonElement Schema = JsonElement.Parse(
        """{"properties":{"text":{"type":"string"},"maybe":{"type":["string","null"]},"either":{"type":["string","integer"]},"n":{"type":"integer"},"flag":{"type":"boolean"},"list":{"type":"array"}}}"""
    );

    [Theory]
    [InlineData("text", "5", "\"5\"")]
    [InlineData("text", "", "\"\"")]
    [InlineData("maybe", "true", "\"true\"")]
    [InlineData("either", "5", "5")]
    [InlineData("either", "five", "\"five\"")]
    [InlineData("n", "5", "5")]
    [InlineData("n", "-0.5e3", "-0.5e3")]
    [InlineData("n", "12345678901234567890", "12345678901234567890")]
    [InlineData("n", "many", "\"many\"")]
    [InlineData("flag", "true", "true")]
    [InlineData("list", "[1,2]", "[1,2]")]
    [InlineData("unheard", "1", "1")]
    [InlineData("unheard", "\"1\"", "\"\\u00221\\u0022\"")]
    public void Text_becomes_what_the_schema_wants_and_faults_are_left_for_the_server(
        string name,
        string text,
        string expected
    )
    {
        var read = ArgumentReader.Read(new Dictionary<string, string> { [name] = text }, Schema);

        Assert.Equal(expected, read.GetProperty(name).GetRawText());
    }
}
