using System.Management.Automation;
using System.Text;

namespace Microsoft.PowerShell.Commands;

/// <summary>Splits text into records of fields; a quoted field may span lines. Lenient where PowerShell is.</summary>
internal sealed class CsvReader(TextReader reader, char delimiter)
{
    /// <summary>The next record, or null at the end; a delimiter that ends the whole text begins no further field.</summary>
    internal List<string>? Read()
    {
        if (reader.Peek() < 0)
        {
            return null;
        }

        var fields = new List<string>();
        while (ReadField(fields))
        {
            // One field more.
        }

        return fields;
    }

    /// <summary>Adds the next field, if there is one; false where the record ends with it.</summary>
    private bool ReadField(List<string> fields)
    {
        var field = new StringBuilder();
        for (var next = reader.Read(); next >= 0; next = reader.Read())
        {
            if (next == delimiter || EndsLine(next))
            {
                fields.Add(field.ToString());
                return next == delimiter;
            }

            if (next == '"')
            {
                return ReadQuoted(fields, field);
            }

            var blank = next is ' ' or '\t';
            if (blank && field.Length > 0)
            {
                return ReadRest(fields, field.Append((char)next), dropsBlanks: true);
            }

            if (!blank)
            {
                field.Append((char)next);
            }
        }

        if (field.Length > 0)
        {
            fields.Add(field.ToString());
        }

        return false;
    }

    private bool ReadQuoted(List<string> fields, StringBuilder field)
    {
        if (field.Length > 0)
        {
            return ReadRest(fields, field.Append('"'), dropsBlanks: false);
        }

        for (var next = reader.Read(); next >= 0; next = reader.Read())
        {
            if (next == '"' && reader.Peek() != '"')
            {
                break;
            }

            field.Append((char)(next == '"' ? reader.Read() : next));
        }

        return ReadRest(fields, field, dropsBlanks: true);
    }

    /// <summary>What stands between a closing quote, or a blank within a word, and the next delimiter.</summary>
    private bool ReadRest(List<string> fields, StringBuilder field, bool dropsBlanks)
    {
        var rest = new StringBuilder();
        var next = reader.Read();
        for (; next >= 0 && next != delimiter && !EndsLine(next); next = reader.Read())
        {
            rest.Append((char)next);
        }

        var text = rest.ToString();
        fields.Add(field.Append(dropsBlanks && text.Trim(' ', '\t').Length == 0 ? string.Empty : text).ToString());
        return next == delimiter;
    }

    private bool EndsLine(int next)
    {
        if (next == '\r' && reader.Peek() == '\n')
        {
            reader.Read();
        }

        return next is '\r' or '\n';
    }
}

/// <summary>Builds objects from records, naming their properties after the header.</summary>
internal sealed class CsvObjects(PSCmdlet command, IReadOnlyList<string>? header)
{
    private const string W3CFields = "#Fields: ";

    private List<string>? _names = header is null ? null : Checked(command, header);
    private string? _type;

    internal void Add(List<string> record)
    {
        if (_names is null)
        {
            ReadHeader(record);
            return;
        }

        if (record is [] or [""])
        {
            return;
        }

        var result = new PSObject();
        for (var i = 0; i < _names.Count; i++)
        {
            result.Properties.Add(new PSNoteProperty(_names[i], i < record.Count ? record[i] : null));
        }

        if (_type is not null)
        {
            result.TypeNames.Clear();
            result.TypeNames.Add(_type);
            result.TypeNames.Add("CSV:" + _type);
        }

        command.WriteObject(result);
    }

    private void ReadHeader(List<string> record)
    {
        if (record is [['#', ..] comment, ..] && !comment.StartsWith(W3CFields, StringComparison.Ordinal))
        {
            if (comment.StartsWith("#TYPE", StringComparison.OrdinalIgnoreCase))
            {
                _type = comment[5..].Trim();
            }

            return;
        }

        while (record is [_, .., ""])
        {
            record.RemoveAt(record.Count - 1);
        }

        if (record is [{ } first, ..] && first.StartsWith(W3CFields, StringComparison.Ordinal))
        {
            record[0] = first[W3CFields.Length..];
        }

        var unnamed = 0;
        _names = Checked(command, record.ConvertAll(name => name.Length == 0 ? $"H{++unnamed}" : name));
        if (unnamed > 0)
        {
            command.WriteWarning("One or more headers were not specified. Default names starting with \"H\" have been used "
                + "in place of any missing headers.");
        }
    }

    private static List<string> Checked(PSCmdlet command, IEnumerable<string> names)
    {
        var list = names.ToList();
        var twice = list.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            var message = $"The member \"{twice.Key}\" is already present.";
            command.ThrowTerminatingError(new ErrorRecord(
                new ExtendedTypeSystemException(message), "AlreadyPresentPSMemberInfoInternalCollectionAdd", ErrorCategory.NotSpecified, null));
        }

        return list;
    }
}
