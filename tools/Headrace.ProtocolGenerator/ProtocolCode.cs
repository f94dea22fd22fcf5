using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Headrace.ProtocolGenerator;

/// <summary>
/// Generates the C# types of <c>headrace.proto</c>, each with the code that reads and writes it in Protobuf and, where
/// the message is part of an exchange, in JSON. protoc parses the contract; this program turns its descriptors into
/// source files.
/// </summary>
public static class ProtocolCode
{
    /// <summary>The folder of the generated files, relative to the repository.</summary>
    public const string Folder = "src/Headrace.Protocol/Exchange";

    /// <summary>The text of every generated file, by file name.</summary>
    public static IReadOnlyDictionary<string, string> Generate()
    {
        var contract = ReadContract();
        var messages = contract.MessageTypes.SelectMany(WithNested).ToList();
        var enums = contract.EnumTypes.Concat(messages.SelectMany(message => message.EnumTypes));
        return messages
            .Where(message => !CodeRules.IsLease(message))
            .Select(message => (Name: CodeRules.TypeName(message), Text: new MessageCode(message).Write()))
            .Concat(enums.Select(type => (Name: CodeRules.TypeName(type), Text: EnumCode.Write(type))))
            .ToDictionary(file => $"{file.Name}.g.cs", file => file.Text);
    }

    private static FileDescriptor ReadContract()
    {
        using var stream = typeof(ProtocolCode).Assembly.GetManifestResourceStream("headrace.descriptors")!;
        var set = FileDescriptorSet.Parser.ParseFrom(stream);
        return FileDescriptor
            .BuildFromByteStrings(set.File.Select(file => file.ToByteString()))
            .Single(file => file.Package == "headrace.v1");
    }

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.SelectMany(WithNested).Prepend(message);
}
